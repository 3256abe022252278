"""Forecast, trial, the answers of judges and their repair by REST."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.judges.config.registry import load
from annotation.models import JudgeCall, Judgment
from studio.accounts.models import User
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.annotation.judges.runs.test_repairs import answered
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
CALLS = "/api/v1/judge-calls/"
FORECAST, TRIAL = "/api/v1/judging/forecast/", "/api/v1/judging/trial/"
CHOSEN = {"judge": "xwin_pair", "collection": "a-collection"}


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint(verdict=lambda first, second: "Verdict: A+" if "Seven" in first else "Verdict: B+")) as one:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = one.address, "sk-test"
        yield one


@pytest.fixture
def failed() -> JudgeCall:
    answered(load("xwin_pair"), pair(), "Hm.", "Verdict: B++")
    return JudgeCall.objects.exclude(error="").get()


def test_outsiders_and_annotators_see_and_do_nothing(outsider: Client, api: Api, ann: User, failed: JudgeCall) -> None:
    for path in (CALLS, f"{CALLS}{failed.pk}/", FORECAST):
        assert outsider.get(path).status_code == 401
        assert api(ann).get(path).status_code == 403
    for path in (f"{CALLS}{failed.pk}/repair/", f"{CALLS}reparse/", TRIAL):
        assert outsider.post(path).status_code == 401
        assert api(ann).post(path, {"grade": 1}).status_code == 403
    assert not JudgeCall.objects.exclude(repaired_by=None).exists()


def test_a_forecast_names_what_each_figure_rests_on(api: Api, lea: User) -> None:
    pair()
    found = api(lea).get(FORECAST, CHOSEN).json()
    assert (found["waiting"], found["calls"]["value"], found["calls"]["rests_on"]) == (1, 2, "counted")
    assert found["price"]["rests_on"] == "assumed" and found["price"]["value"] > 0


@pytest.mark.parametrize("wrong", [{"judge": "nobody"}, {"collection": "nowhere"}])
def test_what_is_not_there_is_named(api: Api, lea: User, wrong: dict[str, str]) -> None:
    pair()
    answer = api(lea).get(FORECAST, CHOSEN | wrong)
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, *wrong)


def test_a_trial_shows_everything_and_judges_nothing(api: Api, lea: User, endpoint: Endpoint) -> None:
    pair()
    found = api(lea).post(TRIAL, CHOSEN).json()
    (one,) = found["pairs"]
    assert [asked["answer"]["raw"] for asked in one["asked"]] == ["Verdict: B+", "Verdict: A+"]
    assert one["asked"][0]["messages"][0]["role"] == "system"
    assert (one["verdict"]["grade"], found["price"]) == (1, pytest.approx(0.0026))
    assert not Judgment.objects.exists()


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
