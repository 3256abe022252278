"""The answers of judges by REST: to read, to repair, to read again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.judges.config.registry import load
from annotation.models import JudgeCall, Judgment
from studio.accounts.models import User
from tests.annotation.judges.runs.test_repairs import answered
from tests.annotation.making import author, pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
CALLS = "/api/v1/judge-calls/"


@pytest.fixture
def failed() -> JudgeCall:
    answered(load("xwin_pair"), pair(), "Hm.", "Verdict: B++")
    return JudgeCall.objects.exclude(error="").get()


def test_answers_that_wait_are_listed_and_repaired(api: Api, lea: User, failed: JudgeCall) -> None:
    rows = api(lea).get(CALLS, {"waiting": "true"}).json()["results"]
    assert [(row["id"], row["raw"]) for row in rows] == [(failed.pk, "Hm.")]
    answer = api(lea).post(f"{CALLS}{failed.pk}/repair/", {"grade": -2})
    assert (answer.status_code, answer.data["state"], answer.data["grade"]) == (201, "valid", -2)
    assert api(lea).get(f"{CALLS}{failed.pk}/").json()["repaired_by"] == "lea"
    assert api(lea).get(CALLS, {"waiting": "true"}).json()["results"] == []
    assert len(api(lea).get(CALLS, {"waiting": "false"}).json()["results"]) == 2


@pytest.mark.parametrize("given", [{}, {"scores": [8, 6]}, {"grade": 5}])
def test_a_repair_that_says_nothing_is_refused(api: Api, lea: User, failed: JudgeCall, given: dict[str, Any]) -> None:
    assert api(lea).post(f"{CALLS}{failed.pk}/repair/", given).status_code == 400


def test_stored_answers_are_read_again(api: Api, lea: User, failed: JudgeCall) -> None:
    answer = api(lea).post(f"{CALLS}reparse/", {"author": failed.author_id})
    assert answer.json() == {"answers": 2, "changed": 0, "verdicts": 0}
    assert api(lea).post(f"{CALLS}reparse/", {"author": failed.pair.left.author_id}).status_code == 400  # type: ignore[union-attr]


def test_queries_of_the_list_do_not_grow(api: Api, lea: User, failed: JudgeCall) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api(lea).get(CALLS).status_code == 200
        return len(captured)

    few = queries()
    for number in range(9):
        answered(load("xwin_pair"), pair(str(number)), "Hm.", "Ho.")
    assert queries() == few


@pytest.mark.parametrize(("by", "found"), [("author", 2), ("pair", 2), ("judgment", 2), ("asked_for", 2)])
def test_answers_are_found_by_what_they_are_about(api: Api, lea: User, failed: JudgeCall, by: str, found: int) -> None:
    answered(load("xwin_pair"), pair("Another?"), "Verdict: A+", "Verdict: A+")
    JudgeCall.objects.exclude(pair=failed.pair).update(asked_for="run 2", author=author("another", "judge"))
    value: dict[str, Any] = {
        "author": failed.author_id,
        "pair": failed.pair_id,
        "judgment": failed.judgment_id,
        "asked_for": "run 1",
    }
    assert len(api(lea).get(CALLS, {by: value[by]}).json()["results"]) == found


def test_a_repair_of_what_somebody_repaired_is_refused_and_changes_nothing(
    api: Api, lea: User, failed: JudgeCall
) -> None:
    address = f"{CALLS}{failed.pk}/repair/"
    assert api(lea).post(address, {"grade": -2}).status_code == 201
    again = api(lea).post(address, {"grade": 3})
    assert (again.status_code, again.data["errors"][0]["field"]) == (400, "call")
    assert Judgment.objects.get(superseded_at=None).grade == -2


def test_a_judge_that_is_described_no_more_is_an_error_in_words(api: Api, lea: User, failed: JudgeCall) -> None:
    failed.author.details = {}
    failed.author.save()
    answer = api(lea).post(f"{CALLS}{failed.pk}/repair/", {"grade": 1})
    assert answer.status_code == 400 and "no judge of this studio" in str(answer.data)
    assert api(lea).post(f"{CALLS}reparse/", {"author": failed.author_id}).status_code == 400


def test_an_answer_that_there_is_not_is_not_found(api: Api, lea: User) -> None:
    assert api(lea).get(f"{CALLS}999/").status_code == 404
    assert api(lea).post(f"{CALLS}999/repair/", {"grade": 1}).status_code == 404


def test_answers_are_neither_made_nor_deleted_here(api: Api, lea: User, failed: JudgeCall) -> None:
    assert api(lea).post(CALLS, {}).status_code == 405
    assert api(lea).delete(f"{CALLS}{failed.pk}/").status_code == 405


def test_strangers_and_annotators_read_and_repair_nothing(
    outsider: Client, api: Api, ann: User, failed: JudgeCall
) -> None:
    for path in (CALLS, f"{CALLS}{failed.pk}/"):
        assert outsider.get(path).status_code == 401
        assert api(ann).get(path).status_code == 403
    for path in (f"{CALLS}{failed.pk}/repair/", f"{CALLS}reparse/"):
        assert outsider.post(path).status_code == 401
        assert api(ann).post(path, {"grade": 1}).status_code == 403
    assert not JudgeCall.objects.exclude(repaired_by=None).exists()
