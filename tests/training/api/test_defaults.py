"""The defaults of a project by REST."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import ProjectDefaults
from studio.accounts.models import AuditEntry, User
from tests.annotation.making import pair

Api = Callable[[User], APIClient]
PATH = "/api/v1/defaults/"
NONE = {
    "guidelines": "",
    "overlap": 1,
    "judge": "",
    "budget": None,
    "monthly_budget": None,
    "keep_raw_days": None,
    "template": "",
}


def test_an_outsider_and_an_annotator_see_nothing(outsider: Client, api: Api, ann: User) -> None:
    assert outsider.get(PATH).status_code == 401
    assert api(ann).get(PATH).status_code == api(ann).patch(PATH, {"overlap": 2}).status_code == 403


def test_a_lead_reads_and_changes_some_of_them(api: Api, lea: User) -> None:
    assert api(lea).get(PATH).json() == NONE
    assert api(lea).patch(PATH, {"overlap": 2, "judge": "rubric_one"}).json()["judge"] == "rubric_one"
    assert api(lea).get(PATH).json()["overlap"] == 2


def test_a_lead_does_not_choose_how_models_are_trained(api: Api, lea: User, eli: User) -> None:
    assert api(lea).patch(PATH, {"template": "vicuna"}).status_code == 403
    assert api(eli).patch(PATH, {"template": "vicuna"}).json()["template"] == "vicuna"


def test_what_is_left_of_the_month_is_told(api: Api, lea: User, ann: User, outsider: Client) -> None:
    path = "/api/v1/judging/month/"
    assert (outsider.get(path).status_code, api(ann).get(path).status_code) == (401, 403)
    api(lea).patch(PATH, {"monthly_budget": 10})
    found = api(lea).get(path).json()
    assert (found["limit"], found["spent"], found["left"]) == (10.0, 0.0, 10.0)
    assert api(lea).patch(PATH, {"monthly_budget": None}).json()["monthly_budget"] is None


def test_what_is_wrong_is_named(api: Api, lea: User) -> None:
    answer = api(lea).patch(PATH, {"judge": "nobody"})
    assert answer.status_code == 400 and "There is no judge" in str(answer.json())
    assert api(lea).patch(PATH, {"overlap": 101}).status_code == 400


def test_a_forecast_asks_the_judge_of_the_project(api: Api, lea: User) -> None:
    asked = {"collection": pair().collection.slug}
    assert "the project has no default" in str(api(lea).get("/api/v1/judging/forecast/", asked).json())
    ProjectDefaults.objects.create(judge="rubric_one")
    assert api(lea).get("/api/v1/judging/forecast/", asked).json()["judge"] == "rubric_one v1"


def test_raw_records_are_kept_for_some_days_at_least_a_week(api: Api, lea: User) -> None:
    assert api(lea).patch(PATH, {"keep_raw_days": 6}).status_code == 400
    assert api(lea).patch(PATH, {"keep_raw_days": 7}).json()["keep_raw_days"] == 7
    assert api(lea).patch(PATH, {"keep_raw_days": None}).json()["keep_raw_days"] is None
    said = AuditEntry.objects.order_by("pk").values_list("words", flat=True)
    assert [line.partition(": ")[2] for line in said] == [
        "keep_raw_days from none to 7",
        "keep_raw_days from 7 to none",
    ]


@pytest.mark.parametrize("name", ["budget", "monthly_budget"])
def test_a_budget_is_a_sum_that_can_be_counted_in_cents(api: Api, lea: User, name: str) -> None:
    assert api(lea).patch(PATH, {name: 1e308}).status_code == 400
    assert api(lea).patch(PATH, {name: 1e9}).json()[name] == 1e9
