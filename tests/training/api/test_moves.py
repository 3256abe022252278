"""The endpoint that moves a collection."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from studio.accounts.models import ApiToken, Membership, User
from studio.projects.models import Project
from tests.annotation.making import collection, pair
from tests.conftest import HERE
from tests.frontend.machines import run
from tests.teams import team_b
from training.models import Run

Api = Callable[[User], APIClient]
URL = f"{HERE}/api/v1/collections/a-collection/move/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    pair()
    return team_b(lea)


def test_a_dry_run_says_what_would_move(api: Api, lea: User, other: Project) -> None:
    said = api(lea).post(URL, {"project": "other", "dry_run": True})
    assert said.status_code == 200 and said.json()["counts"] == {"prompts": 1, "responses": 2, "pairs": 1}
    assert said.json()["run"] is None and not Run.objects.exists()


def test_it_gives_the_run_that_moves_it(api: Api, lea: User, other: Project) -> None:
    said = api(lea).post(URL, {"project": "other", "slug": "moved"})
    assert said.status_code == 202 and said.json()["run"]["kind"] == "move"
    assert Run.objects.get().spec["settings"] == {"collection": "a-collection", "project": "other", "slug": "moved"}


def test_what_is_in_the_way_is_a_conflict(api: Api, lea: User, other: Project) -> None:
    run("judge", name="Busy", spec={"settings": {"collection": "a-collection"}})
    said = api(lea).post(URL, {"project": "other"})
    assert said.status_code == 409 and "Busy" in said.json()["detail"]


@pytest.mark.parametrize("slug", ["other", "none-such"])
def test_a_project_of_others_is_as_unknown_as_none(api: Api, lea: User, other: Project, slug: str) -> None:
    Membership.objects.filter(project=other).delete()
    said = api(lea).post(URL, {"project": slug})
    assert said.status_code == 400 and "You manage no other project" in said.json()["errors"][0]["message"]


def test_a_token_of_one_project_moves_nothing_out_of_it(lea: User, other: Project, project: Project) -> None:
    client = APIClient()
    _, key = ApiToken.issue(lea, "one", project=project)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    assert client.post(URL, {"project": "other"}, format="json").status_code == 403


def test_it_is_not_for_annotators_nor_strangers(api: Api, ann: User, client: APIClient) -> None:
    collection()
    assert api(ann).post(URL, {"project": "other"}).status_code == 403
    assert client.post(URL, {"project": "other"}).status_code == 401


def test_it_is_no_run_that_a_form_of_settings_launches(api: Api, lea: User, other: Project) -> None:
    settings = {"collection": "a-collection", "project": "other", "slug": "x"}
    said = api(lea).post(f"{HERE}/api/v1/runs/", {"kind": "move", "settings": settings})
    assert said.status_code == 400 and not Run.objects.exists()
