"""Collections, authors, prompts, responses and scores made by script."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotation.models import Collection, Flag, Response
from annotation.review.flagging import flag, settle
from studio.accounts.models import User
from tests.annotation.making import author, pair, prompt, response, score

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(api: Callable[[User], APIClient], lea: User) -> APIClient:
    return api(lea)


def test_a_collection_is_made_and_changed_and_knows_who_made_it(lead: APIClient) -> None:
    made = lead.post("/api/v1/collections/", {"slug": "poems", "name": "Poems", "overlap": 3})
    assert (made.status_code, made.json()["created_by"]) == (201, "lea")
    assert lead.patch("/api/v1/collections/poems/", {"guidelines": "Rhyme."}).status_code == 200
    assert Collection.objects.get().guidelines == "Rhyme."
    assert lead.post("/api/v1/collections/", {"slug": "poems", "name": "Again"}).status_code == 400


def test_a_collection_says_how_many_of_its_flags_are_open(lead: APIClient, ann: User, bob: User) -> None:
    one, other = pair("One?"), pair("Two?")
    for found, by in ((one, ann), (one, bob), (other, ann)):
        flag(by, found, "It is empty.")
    settle(Flag.objects.filter(pair=other), "dismissed", ann)
    made = lead.post("/api/v1/collections/", {"slug": "poems", "name": "Poems"})
    rows = lead.get("/api/v1/collections/").json()["results"]
    assert {row["slug"]: row["open_flags"] for row in rows} == {"a-collection": 2, "poems": 0}
    assert made.json()["open_flags"] == 0
    assert lead.patch("/api/v1/collections/a-collection/", {"overlap": 2}).json()["open_flags"] == 2


def test_a_response_is_made_by_a_model_or_a_person_and_kept_once(lead: APIClient) -> None:
    of = prompt()
    asked = {"prompt": of.pk, "author": author("m").pk, "text": "Seven.\n"}
    made = lead.post("/api/v1/responses/", asked)
    assert (made.status_code, made.json()["length"], made.json()["author_name"]) == (201, 7, "m")
    assert lead.post("/api/v1/responses/", asked).status_code == 409
    judge = {**asked, "author": author("gpt-4", "judge").pk}
    assert lead.post("/api/v1/responses/", judge).json()["errors"][0]["field"] == "author"
    assert Response.objects.get().text == "Seven.\n"


def test_responses_are_found_by_words_length_and_prompt_and_show_a_score(lead: APIClient) -> None:
    of = prompt()
    one, _ = response(of, "Seven is prime."), response(of, "No.")
    score(one, 1.5)
    rater = author("a-reward-model", "reward_model").pk
    queries: tuple[dict[str, Any], ...] = ({"q": "prime"}, {"longer_than": 5}, {"prompt": of.pk, "q": "seven"})
    for query in queries:
        rows = lead.get("/api/v1/responses/", {**query, "scored_by": rater}).json()["results"]
        assert [(row["id"], row["score"]) for row in rows] == [(one.pk, 1.5)], query


def test_a_score_is_a_reward_models_and_given_once(lead: APIClient) -> None:
    asked = {"response": response(prompt()).pk, "author": author("rm", "reward_model").pk, "value": -0.25}
    assert lead.post("/api/v1/scores/", asked).status_code == 201
    assert lead.post("/api/v1/scores/", asked).status_code == 400
    assert lead.post("/api/v1/scores/", {**asked, "author": author("m").pk}).status_code == 400


def test_an_author_is_one_of_its_kind(lead: APIClient) -> None:
    assert lead.post("/api/v1/authors/", {"kind": "model", "name": "m"}).status_code == 201
    assert lead.post("/api/v1/authors/", {"kind": "model", "name": "m"}).status_code == 400
    assert lead.post("/api/v1/authors/", {"kind": "judge", "name": "m"}).status_code == 201
    assert len(lead.get("/api/v1/authors/", {"kind": "judge"}).json()["results"]) == 1
