"""Forecast and trial by REST."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Judgment
from studio.accounts.models import User
from tests.annotation.judges.endpoint import Endpoint, serving
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
FORECAST, TRIAL = "/api/v1/judging/forecast/", "/api/v1/judging/trial/"
CHOSEN = {"judge": "xwin_pair", "collection": "a-collection"}


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    with serving(Endpoint(verdict=lambda first, second: "Verdict: A+" if "Seven" in first else "Verdict: B+")) as one:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = one.address, "sk-test"
        yield one


def test_outsiders_and_annotators_see_and_do_nothing(outsider: Client, api: Api, ann: User) -> None:
    assert (outsider.get(FORECAST).status_code, outsider.post(TRIAL).status_code) == (401, 401)
    assert (api(ann).get(FORECAST).status_code, api(ann).post(TRIAL).status_code) == (403, 403)


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
