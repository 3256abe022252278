"""Requests at work: in which project, for whom, and until when."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.models import Collection
from studio import asgi
from studio.accounts.models import ApiToken, Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import NOWHERE, OutsideProjects, here, inside
from tests.annotation.making import collection, pair
from tests.looping import looped
from tests.studio.test_asgi import answer

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
SignedIn = Callable[[User], Client]


@pytest.fixture
def other() -> Project:
    return Project.objects.create(slug="other", name="Other")


def join(person: User, project: Project, role: Role = Role.LEAD) -> None:
    Membership.objects.create(user=person, project=project, role=role)


def client_of(person: User) -> Client:
    """Which asks for addresses as they are written."""
    client = Client()
    client.force_login(person)
    return client


def test_an_old_address_leads_to_the_last_project(lea: User, other: Project) -> None:
    join(lea, other)
    client = client_of(lea)
    assert client.get("/pairs/?q=prime").headers["Location"] == "/projects/tests/pairs/?q=prime"
    assert client.get("/projects/other/pairs/").status_code == 200
    assert client.get("/pairs/?q=prime").headers["Location"] == "/projects/other/pairs/?q=prime"


def test_an_endpoint_that_is_asked_in_a_project_makes_it_no_last_one(lea: User, other: Project) -> None:
    join(lea, other)
    client = client_of(lea)
    assert client.get("/projects/other/api/v1/pairs/").status_code == 200
    assert client.get("/").headers["Location"] == "/projects/tests/"


def test_who_left_their_last_project_is_led_to_another_of_theirs(lea: User, other: Project, project: Project) -> None:
    join(lea, other)
    client = client_of(lea)
    Membership.objects.get(user=lea, project=project).delete()
    assert client.get("/").headers["Location"] == "/projects/other/"
    assert client.get("/api/v1/pairs/").status_code == 200


def test_a_form_that_is_sent_to_an_old_address_is_not_led_anywhere(lea: User) -> None:
    assert client_of(lea).post("/prompts/collections/new/", {}).status_code not in {301, 302}
    assert not Collection.objects.exists()


@pytest.mark.parametrize("slug", ["other", "nowhere"])
def test_a_project_of_others_is_answered_as_if_it_were_not_there(lea: User, other: Project, slug: str) -> None:
    for path in ("", "pairs/", "settings/", "api/v1/pairs/", "api/v1/tokens/", "sign-out/"):
        assert client_of(lea).get(f"/projects/{slug}/{path}").status_code == 404, path


def test_an_admin_enters_every_project_and_no_unknown_one(ada: User, other: Project) -> None:
    client = client_of(ada)
    assert client.get("/projects/other/pairs/").status_code == 200
    assert client.get("/projects/nowhere/pairs/").status_code == 404


def test_who_is_in_no_project_has_settings_and_nothing_to_see(project: Project) -> None:
    new = client_of(User.objects.create_user("new"))
    assert new.get("/settings/").status_code == new.get("/api/v1/tokens/").status_code == 200
    for path in ("/", "/pairs/", "/review/", "/api/v1/pairs/", "/api/v1/judgments/", "/api/v1/runs/"):
        assert new.get(path).status_code == 403, path


def test_an_endpoint_without_a_project_is_refused_with_the_remedy_where_it_may_mean_several(
    api: Api, lea: User, other: Project
) -> None:
    assert api(lea).get("/api/v1/pairs/").status_code == 200
    join(lea, other)
    refused = api(lea).get("/api/v1/pairs/")
    assert refused.status_code == 400 and "put /projects/SLUG before /api/v1/" in refused.json()["detail"]
    for path in ("/projects/other/api/v1/pairs/", "/api/v1/projects/", "/api/v1/tokens/", "/api/docs/"):
        assert api(lea).get(path).status_code == 200, path


@pytest.mark.parametrize("under", ["", "/projects/tests"])
def test_what_is_archived_is_read_and_not_changed_whatever_the_address(
    api: Api, lea: User, project: Project, under: str
) -> None:
    Project.objects.update(archived_at="2026-03-01T12:00Z")
    assert api(lea).get(f"{under}/api/v1/collections/").status_code == 200
    refused = api(lea).post(f"{under}/api/v1/collections/", {"slug": "late", "name": "Late"})
    assert refused.status_code == 403 and "archived" in refused.json()["detail"]
    assert not Collection.objects.exists()
    assert (
        client_of(lea).post(f"{under}/prompts/collections/new/", {"slug": "late", "name": "Late"}).status_code == 403
    )


def test_the_admin_site_works_everywhere(ada: User, other: Project) -> None:
    with inside(other.pk):
        collection("of-others")
    collection("of-ours")
    shown = client_of(ada).get("/admin/annotation/collection/").content.decode()
    assert "of-others" in shown and "of-ours" in shown


def test_each_request_sees_the_project_of_its_address(lea: User, other: Project) -> None:
    join(lea, other)
    pair("Name a prime.")
    with inside(other.pk):
        pair("Name a colour.")
    for slug, mine, theirs in (("tests", "prime", "colour"), ("other", "colour", "prime")):
        shown = client_of(lea).get(f"/projects/{slug}/pairs/").content.decode()
        assert f"Name a {mine}." in shown and f"Name a {theirs}." not in shown


@pytest.mark.parametrize("path", ["pairs/", "api/v1/pairs/", "nowhere/"])
def test_after_a_request_nobody_is_at_work_any_more(lea: User, path: str) -> None:
    with inside(NOWHERE):
        client_of(lea).get(f"/projects/tests/{path}").close()
        with pytest.raises(OutsideProjects):
            here()


def test_a_person_and_their_place_are_read_at_once(lea: User) -> None:
    client = client_of(lea)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get("/projects/tests/settings/")
    people = [one["sql"] for one in asked if "accounts_user" in one["sql"] or "accounts_membership" in one["sql"]]
    assert len(people) == 1


def test_a_streamed_export_stays_in_its_project_to_its_end(lea: User, other: Project) -> None:
    join(lea, other)
    pair("Name a prime.")
    with inside(other.pk):
        pair("Name a colour.")
        pair("Name a bird.")
    with inside(NOWHERE):
        sent = client_of(lea).get("/projects/other/api/v1/pairs/export/")
        rows = b"".join(sent.streaming_content).decode()  # type: ignore[attr-defined]
        assert "Name a bird." in rows and "Name a colour." in rows and "Name a prime." not in rows
        with pytest.raises(OutsideProjects):
            here()


@pytest.mark.django_db(transaction=True)
def test_two_exports_that_a_server_sends_at_once_are_each_of_their_project(lea: User, other: Project) -> None:
    join(lea, other)
    pair("Name a prime.")
    with inside(other.pk):
        pair("Name a colour.")
    key = ApiToken.issue(lea, "script")[1]

    async def both() -> list[list[dict[str, Any]]]:
        paths = [f"/projects/{slug}/api/v1/pairs/export/" for slug in ("tests", "other")]
        return await asyncio.gather(*[answer(asgi.application, path, key) for path in paths])

    ours, theirs = (b"".join(one.get("body", b"") for one in said).decode() for said in looped(both()))
    assert "Name a prime." in ours and "Name a colour." not in ours
    assert "Name a colour." in theirs and "Name a prime." not in theirs
