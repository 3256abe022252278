"""Ratings over the API."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from annotation.arena import stored_styles
from studio.accounts.models import User
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]


@pytest.fixture
def judged() -> None:
    compared(1)


def compared(times: int) -> None:
    """Two models that met four times as often."""
    for number, grade in enumerate((1, 1, -1, 0) * times):
        judge(pair(f"{number}?"), grade)


def test_ratings_come_with_intervals(api: Api, lea: User) -> None:
    compared(6)
    for one in api(lea).get("/api/v1/arena/").json()["ranking"]:
        assert one["rating_low"] < one["rating"] < one["rating_high"]


@pytest.mark.usefixtures("judged")
def test_ratings_come_with_counts_and_the_matrix_and_of_few_comparisons_without_intervals(api: Api, lea: User) -> None:
    found = api(lea).get("/api/v1/arena/").json()
    assert (found["n"], found["ties"]) == (4, 1)
    best, other = found["ranking"]
    assert (best["name"], other["name"]) == ("other-model", "one-model")
    assert best["rating"] > other["rating"]
    assert best["rating_low"] is best["rating_high"] is None
    assert found["played"] == [[0, 4], [4, 0]]
    assert sorted(map(sum, found["won"])) == [1.5, 2.5]


@pytest.mark.usefixtures("judged")
def test_style_is_controlled_where_asked(api: Api, lea: User) -> None:
    found = api(lea).get("/api/v1/arena/?styled=true").json()
    assert set(found["style_effects"]) == {"length", "headers", "lists", "bold"}
    assert found["ranking"][0]["styled_rating"] is not None


@pytest.mark.usefixtures("judged")
def test_many_texts_that_wait_are_a_conflict(api: Api, lea: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_styles, "AT_ONCE", 1)
    answer = api(lea).get("/api/v1/arena/?styled=true")
    assert answer.status_code == 409 and "8 texts wait" in answer.json()["detail"]


def test_no_comparison_is_no_ranking_and_a_wrong_filter_is_named(api: Api, lea: User) -> None:
    assert api(lea).get("/api/v1/arena/").json() == {"n": 0, "ranking": []}
    answer = api(lea).get("/api/v1/arena/?collection=none&cap=0")
    assert {row["field"] for row in answer.json()["errors"]} == {"collection", "cap"}


def test_an_annotator_and_a_stranger_do_not_see_it(api: Api, ann: User) -> None:
    assert api(ann).get("/api/v1/arena/").status_code == 403
    assert APIClient().get("/api/v1/arena/").status_code == 401
