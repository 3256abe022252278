"""Sharing a version on its page, and how the other project reads it there."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation import sharing
from annotation.models import VersionShare
from studio.accounts.models import User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import prompt
from tests.conftest import HERE, person
from tests.frontend.machines import run, version
from tests.sharing import THERE, team_b
from training.models import RunVersion

SignIn = Callable[[User], Client]
Api = Callable[[User], Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def shared(other: Project, lea: User) -> VersionShare:
    made = version([prompt()], "demonstrations", name="ours")
    type(made).objects.update(notes="Secret note", created_by=lea, holds="secret-collection")
    return sharing.share(VersionShare, made, other, lea)


@pytest.fixture
def max_(other: Project) -> User:
    """An engineer of the other project only."""
    with inside(other.pk):
        return person("Max", Role.ENGINEER)


def test_the_page_says_what_they_will_see_shares_it_and_ends_it(signed_in: SignIn, lea: User, other: Project) -> None:
    at, client = f"/datasets/{version([prompt()], name='ours').pk}/share/", signed_in(lea)
    assert "What the other project sees" in client.get(at).content.decode()
    client.post(at, {"project": "other"})
    made = VersionShare.given.get()
    assert f"{at}{made.pk}/end/" in client.get(at).content.decode()
    client.post(f"{at}{made.pk}/end/")
    assert not VersionShare.given.filter(ended_at=None).exists()


def test_they_find_it_in_lists_search_and_palette_with_whose_it_is(
    signed_in: SignIn, max_: User, shared: VersionShare
) -> None:
    client = signed_in(max_)
    for address in ("/datasets/", "/search/?q=ours", "/palette/?q=ours", "/runs/new/create/"):
        page = client.get(THERE + address).content.decode()
        assert "ours v1" in page and "shared by Tests" in page, address


def test_they_read_and_download_it_and_see_nothing_of_the_owner(
    signed_in: SignIn, max_: User, shared: VersionShare
) -> None:
    client, at = signed_in(max_), f"{THERE}/datasets/shared/{shared.pk}/"
    page = client.get(at).content.decode()
    assert "Name a prime." in page and "shared by Tests" in page
    for hidden in ("Secret note", "secret-collection", "lea", "/prompts/1", "/projects/tests"):
        assert hidden not in page
    assert b"Name a prime." in b"".join(client.get(f"{at}download/?format=records"))


def test_who_would_delete_the_project_is_told_who_reads_it(signed_in: SignIn, lea: User, shared: VersionShare) -> None:
    assert "ours v1 (Team B)" in signed_in(lea).get("/project/contents/").content.decode()


def test_a_run_there_links_to_what_it_read_as_long_as_it_is_shared(
    signed_in: SignIn, max_: User, shared: VersionShare, lea: User
) -> None:
    with inside(shared.project_id):
        made = run("create", state="succeeded")
        RunVersion.objects.create(run=made, version=shared.version, role="input", name="corpus")
    client, at = signed_in(max_), f"{THERE}/runs/{made.pk}/"
    assert f"/datasets/shared/{shared.pk}/" in client.get(at).content.decode()
    sharing.end(shared, lea)
    page = client.get(at).content.decode()
    assert "was shared by Tests" in page and "/datasets/shared/" not in page


@pytest.mark.parametrize("part", ["", "items/", "figures/", "download/", "share/", "difference/?against=1"])
def test_pages_of_the_owner_stay_closed(signed_in: SignIn, max_: User, shared: VersionShare, part: str) -> None:
    assert signed_in(max_).get(f"{THERE}/datasets/{shared.version_id}/{part}").status_code == 404


def test_once_it_is_ended_it_is_gone(signed_in: SignIn, max_: User, shared: VersionShare, lea: User) -> None:
    sharing.end(shared, lea)
    client = signed_in(max_)
    for part in ("", "download/"):
        assert client.get(f"{THERE}/datasets/shared/{shared.pk}/{part}").status_code == 404
    assert "ours v1" not in client.get(f"{THERE}/datasets/").content.decode()


def test_it_is_not_for_annotators_strangers_nor_a_third_project(
    signed_in: SignIn, ann: User, outsider: Client, shared: VersionShare
) -> None:
    own = f"/datasets/{shared.version_id}/share/"
    assert signed_in(ann).get(own).status_code == 403 and outsider.get(HERE + own).status_code == 302
    assert signed_in(ann).post(f"{own}{shared.pk}/end/").status_code == 403
    with inside(Project.objects.create(slug="third", name="Third").pk):
        third = person("Tia", Role.LEAD)
    assert signed_in(third).get(f"/projects/third/datasets/shared/{shared.pk}/").status_code == 404


def test_the_api_shares_lists_exports_and_ends(
    api: Callable[[User], Any], lea: User, max_: User, other: Project
) -> None:
    made = version([prompt()], name="ours")
    at = f"{HERE}/api/v1/versions/{made.pk}/shares/"
    assert api(lea).post(at, {"project": "none-such"}).status_code == 400
    assert api(lea).post(at, {"project": "other"}).status_code == 201
    assert [one["project"] for one in api(lea).get(at).json()] == ["other"]
    (row,) = api(max_).get(f"{THERE}/api/v1/shared-versions/").json()["results"]
    assert row["shared_by"] == "Tests" and "definition" not in row
    assert api(max_).get(f"{THERE}/api/v1/versions/{made.pk}/").status_code == 404
    assert api(max_).get(f"{THERE}/api/v1/shared-versions/{row['id']}/export/").status_code == 200
    assert api(lea).delete(at, {"project": "other"}).status_code == 204
    assert api(max_).get(f"{THERE}/api/v1/shared-versions/").json()["results"] == []


def test_the_endpoints_are_not_for_annotators_nor_strangers(
    api: Callable[[User], Any], ann: User, client: Client, shared: VersionShare
) -> None:
    for at in (f"versions/{shared.version_id}/shares/", "shared-versions/"):
        assert api(ann).get(f"{HERE}/api/v1/{at}").status_code == 403
        assert client.get(f"{HERE}/api/v1/{at}").status_code == 401
