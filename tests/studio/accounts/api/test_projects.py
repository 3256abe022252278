"""Projects by the API: who sees which, and what a program may do to one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from studio.accounts.models import ApiToken, Membership, User
from studio.accounts.roles import Role
from studio.accounts.scopes import Scope
from studio.projects.models import Project
from tests.annotation.making import pair

Api = Callable[[User], APIClient]
AT = "/api/v1/projects/"


@pytest.fixture
def other(db: None) -> Project:
    return Project.objects.create(slug="other", name="Other")


def slugs(client: Any, **headers: Any) -> list[str]:
    return [one["slug"] for one in client.get(AT, **headers).json()["results"]]


def by_token(user: User, project: Project | None, *scopes: Scope) -> dict[str, Any]:
    return {"HTTP_AUTHORIZATION": f"Bearer {ApiToken.issue(user, 'script', scopes, project=project)[1]}"}


def test_a_stranger_is_refused(outsider: Client) -> None:
    assert outsider.get(AT).status_code == 401 and outsider.post(f"{AT}tests/archive/").status_code == 401


def test_each_sees_their_own_and_an_admin_all(api: Api, lea: User, ada: User, other: Project) -> None:
    assert slugs(api(lea)) == ["tests"] and slugs(api(ada)) == ["other", "tests"]
    assert api(lea).get(f"{AT}other/").status_code == 404
    assert api(lea).get(f"{AT}tests/").json()["role"] == "lead" and api(ada).get(f"{AT}tests/").json()["role"] is None


def test_a_token_of_one_project_names_no_other(api: Api, lea: User, project: Project, other: Project) -> None:
    Membership.objects.create(project=other, user=lea, role=Role.LEAD)
    client = APIClient()
    assert slugs(client, **by_token(lea, project, Scope.READ)) == ["tests"]
    assert slugs(client, **by_token(lea, None, Scope.READ)) == ["other", "tests"]


def test_a_token_changes_no_project(lea: User) -> None:
    told = by_token(lea, None, *Scope)
    client = APIClient()
    assert client.post(AT, {"slug": "mine", "name": "Mine"}, **told).status_code == 403
    assert client.post(f"{AT}tests/archive/", **told).status_code == 403
    assert Project.objects.get().archived_at is None


def test_a_lead_makes_changes_archives_and_restores(api: Api, lea: User) -> None:
    client = api(lea)
    assert client.post(AT, {"slug": "mine", "name": "Mine"}).status_code == 201
    assert client.patch(f"{AT}mine/", {"name": "Ours"}).json()["name"] == "Ours"
    assert client.post(f"{AT}mine/archive/").json()["archived_at"]
    assert client.post(f"{AT}mine/restore/").json()["archived_at"] is None


@pytest.mark.parametrize("slug", ["tests", "new", "a b", ""])
def test_an_address_that_cannot_be_is_refused_by_its_field(api: Api, lea: User, slug: str) -> None:
    answer = api(lea).post(AT, {"slug": slug, "name": "Mine"})
    assert answer.status_code == 400 and answer.json()["errors"][0]["field"] == "slug"


def test_a_project_keeps_its_address(api: Api, lea: User) -> None:
    assert api(lea).patch(f"{AT}tests/", {"slug": "elsewhere"}).status_code == 400


@pytest.mark.parametrize("act", ["archive", "restore"])
def test_an_annotator_changes_nothing(api: Api, ann: User, act: str) -> None:
    client = api(ann)
    assert (
        client.post(f"{AT}tests/{act}/").status_code == client.patch(f"{AT}tests/", {"name": "x"}).status_code == 403
    )
    assert client.post(AT, {"slug": "mine", "name": "Mine"}).status_code == 403


def test_only_an_admin_erases_and_only_by_its_name(api: Api, lea: User, ada: User) -> None:
    pair()
    at = f"{AT}tests/erase/"
    assert api(lea).post(at, {"confirm": "tests"}).status_code == 403
    assert api(ada).post(at, {"confirm": "test"}).status_code == 409
    assert api(ada).post(at, {"confirm": "tests"}).status_code == 204 and not Project.objects.exists()
