"""Prompts by REST: made once, never changed, and found by what they are."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from annotation.models import Prompt
from studio.accounts.models import User
from tests.annotation.making import author, collection, prompt, response

pytestmark = pytest.mark.django_db

PROMPTS = "/api/v1/prompts/"


@pytest.fixture
def lead(api: Callable[[User], APIClient], lea: User) -> APIClient:
    return api(lea)


def turn(role: str = "user", content: Any = "Hi") -> dict[str, Any]:
    return {"role": role, "content": content}


def test_a_prompt_is_made_from_messages_and_kept_once(lead: APIClient) -> None:
    collection("poems")
    asked = {"collection": "poems", "messages": [{"role": "user", "content": " A haiku, please. "}]}
    made = lead.post("/api/v1/prompts/", asked)
    assert made.status_code == 201
    assert Prompt.objects.get().text == " A haiku, please. "
    assert lead.post("/api/v1/prompts/", asked).status_code == 409


def test_a_prompt_that_ends_in_an_answer_is_refused_with_the_remedy(lead: APIClient) -> None:
    collection("poems")
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    answer = lead.post("/api/v1/prompts/", {"collection": "poems", "messages": turns})
    assert answer.status_code == 400
    assert "End it with the message" in answer.json()["errors"][0]["message"]


def test_prompts_are_found_by_words_collection_category_and_who_answered(lead: APIClient) -> None:
    one = prompt("Tell me of walruses.", collection=collection("one"), category="animals")
    prompt("Tell me of primes.", collection=collection("other"))
    response(one, by="third")
    queries: tuple[dict[str, Any], ...] = (
        {"q": "walruses"},
        {"collection": "one"},
        {"category": "animals"},
        {"answered_by": author("third").pk},
    )
    for query in queries:
        rows = lead.get("/api/v1/prompts/", query).json()["results"]
        assert [row["id"] for row in rows] == [one.pk], query


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [turn(content=" ")],
        [turn("assistant")],
        [turn("poet")],
        [turn(content=None)],
        [{"role": "user"}],
        "Hi",
        None,
    ],
)
def test_messages_that_nobody_could_answer_are_refused_at_their_field(lead: APIClient, messages: Any) -> None:
    collection("poems")
    answer = lead.post(PROMPTS, {"collection": "poems", "messages": messages})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"].startswith("messages")
    assert not Prompt.objects.exists()


def test_a_tools_turn_may_be_answered_and_an_empty_one_stand_before(lead: APIClient) -> None:
    collection("poems")
    turns = [turn("system", ""), turn(), turn("assistant", ""), turn("tool", "42")]
    assert lead.post(PROMPTS, {"collection": "poems", "messages": turns}).status_code == 201
    assert Prompt.objects.get().messages == turns


def test_what_a_turn_says_besides_is_left_out_so_that_one_prompt_has_one_digest(lead: APIClient) -> None:
    collection("poems")
    made = lead.post(PROMPTS, {"collection": "poems", "messages": [turn() | {"name": "Ann"}]}).json()
    assert Prompt.objects.get().messages == [turn()]
    assert lead.post(PROMPTS, {"collection": "poems", "messages": [turn()]}).status_code == 409
    assert len(made["digest"]) == 64


def test_the_same_prompt_may_lie_in_two_collections(lead: APIClient) -> None:
    for slug in ("one", "other"):
        collection(slug)
        assert lead.post(PROMPTS, {"collection": slug, "messages": [turn()]}).status_code == 201
    assert lead.post(PROMPTS, {"collection": "nowhere", "messages": [turn()]}).status_code == 400


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_prompt_is_never_changed(lead: APIClient, method: str) -> None:
    made = prompt()
    assert getattr(lead, method)(f"{PROMPTS}{made.pk}/", {"category": "x"}).status_code == 405


def test_a_prompt_is_read_by_its_id(lead: APIClient) -> None:
    made = prompt(metadata={"level": 1}, category="maths")
    found = lead.get(f"{PROMPTS}{made.pk}/").json()
    assert (found["collection"], found["category"], found["metadata"]) == ("a-collection", "maths", {"level": 1})
    assert "search" not in found and lead.get(f"{PROMPTS}999/").status_code == 404
