"""Pairing a collection by script."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Pair
from annotation.review import collection_pairing
from studio.accounts.models import User
from tests.annotation.making import author, collection, prompt, response, score

pytestmark = pytest.mark.django_db
AT = "/api/v1/collections/a-collection/pair/"


@pytest.fixture
def lead(api: Callable[[User], APIClient], lea: User) -> APIClient:
    return api(lea)


@pytest.fixture(autouse=True)
def _responses() -> None:
    for number in range(2):
        of = prompt(f"{number}?")
        for place, name in enumerate(("ann", "ben", "cat")):
            score(response(of, f"By {name}.", name), place)


def refused(client: APIClient, **asked: Any) -> dict[str, str]:
    answer = client.post(AT, asked, format="json")
    assert answer.status_code == 400
    return {error["field"]: error["message"] for error in answer.json()["errors"]}


def test_pairs_are_counted_then_made_and_are_known_the_second_time(lead: APIClient) -> None:
    counts = {"pairs": 6, "prompts": 2, "unscored": 0, "is_partial": False}
    counted = lead.post(AT, {"strategy": "all", "dry_run": True}, format="json")
    assert counted.json() == counts | {"known": 0, "made": 0, "dry_run": True} and not Pair.objects.exists()
    assert lead.post(AT, {"strategy": "all"}, format="json").json() == counts | {
        "known": 0,
        "made": 6,
        "dry_run": False,
    }
    assert lead.post(AT, {"strategy": "all"}, format="json").json()["made"] == 0


def test_authors_are_named_by_their_ids(lead: APIClient) -> None:
    ann, ben = author("ann").pk, author("ben").pk
    asked = {"strategy": "reference", "reference": ann, "authors": [ben], "source": "mine"}
    assert lead.post(AT, asked, format="json").json()["made"] == 2
    assert set(Pair.objects.values_list("source", "left__author", "right__author")) == {("mine", ann, ben)}


def test_scores_choose_the_pairs(lead: APIClient) -> None:
    by = author("a-reward-model", "reward_model").pk
    asked = {"strategy": "best_worst", "scored_by": by, "limit": 1}
    assert lead.post(AT, asked, format="json").json()["made"] == 1
    pair = Pair.objects.select_related("left__author", "right__author").get()
    assert (pair.left.author.name, pair.right.author.name) == ("ann", "cat")


def test_what_is_missing_or_out_of_range_is_named_by_its_field(lead: APIClient) -> None:
    assert "Choose the author" in refused(lead, strategy="reference")["reference"]
    assert set(refused(lead, strategy="odd", per_prompt=0, seed=-1)) == {"strategy", "per_prompt", "seed"}
    assert set(refused(lead)) == {"strategy"}


def test_too_many_pairs_for_a_request_are_refused(lead: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collection_pairing, "MOST_IN_A_REQUEST", 5)
    assert "manage.py pair" in refused(lead, strategy="all")["limit"] and not Pair.objects.exists()
    assert lead.post(AT, {"strategy": "all", "dry_run": True}, format="json").json()["is_partial"]


def test_a_collection_that_is_not_there_is_not_found(lead: APIClient) -> None:
    assert lead.post("/api/v1/collections/nowhere/pair/", {"strategy": "all"}).status_code == 404


def test_outsiders_pair_nothing(outsider: Client, api: Callable[[User], APIClient], ann: User) -> None:
    collection()
    assert outsider.post(AT, {"strategy": "all"}).status_code == 401
    assert api(ann).post(AT, {"strategy": "all"}).status_code == 403
    assert not Pair.objects.exists()
