"""How another project reads a version that is shared with it."""

import re
from collections.abc import Callable

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
from tests.frontend.counting import queries
from tests.frontend.machines import run, version
from tests.teams import THERE, engineer_of, team_b
from training.models import RunVersion

SignIn = Callable[[User], Client]
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
    return engineer_of(other)


def owners_page(shared: VersionShare) -> str:
    return f"/datasets/{shared.version_id}/"


def test_they_find_it_in_lists_search_and_palette_with_whose_it_is(
    signed_in: SignIn, max_: User, shared: VersionShare
) -> None:
    client = signed_in(max_)
    for address in ("/datasets/", "/search/?q=ours", "/palette/?q=ours", "/runs/new/create/"):
        page = client.get(THERE + address).content.decode()
        assert "ours v1" in page and "shared by Tests" in page, address


def test_they_read_and_download_it_and_see_nothing_of_the_owner(
    signed_in: SignIn, max_: User, eli: User, shared: VersionShare
) -> None:
    client, at = signed_in(max_), f"{THERE}/datasets/shared/{shared.pk}/"
    page, owners = (asked.content.decode() for asked in (client.get(at), signed_in(eli).get(owners_page(shared))))
    assert "Name a prime." in page and "shared by Tests" in page and not re.search(r"/(prompts|pairs)/\d", page)
    for hidden in ("Secret note", "secret-collection", "Lea", "/projects/tests"):
        told = re.compile(rf"\b{hidden}\b" if hidden == "Lea" else hidden, re.IGNORECASE)
        assert told.search(owners) and not told.search(page), hidden
    assert b"Name a prime." in b"".join(client.get(f"{at}download/?format=records"))


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


@pytest.mark.parametrize("part", ["", "items/", "figures/", "download/", "difference/?against=1"])
def test_pages_of_the_owner_stay_closed(signed_in: SignIn, max_: User, shared: VersionShare, part: str) -> None:
    assert signed_in(max_).get(f"{THERE}{owners_page(shared)}{part}").status_code == 404


def test_more_that_are_shared_cost_the_list_no_more_queries(
    signed_in: SignIn, max_: User, lea: User, other: Project, shared: VersionShare
) -> None:
    client, at = signed_in(max_), f"{THERE}/datasets/"
    for_one = queries(client, at)
    for number in range(9):
        sharing.share(VersionShare, version([prompt(f"Number {number}.")], name=f"more {number}"), other, lea)
    assert "more 8 v1" in client.get(at).content.decode() and queries(client, at) == for_one


def test_more_records_cost_the_page_no_more_queries(signed_in: SignIn, max_: User, lea: User, other: Project) -> None:
    def cost(n: int) -> int:
        made = version([prompt(f"Number {number} of {n}.") for number in range(n)], name=f"of {n}")
        at = f"{THERE}/datasets/shared/{sharing.share(VersionShare, made, other, lea).pk}/"
        assert signed_in(max_).get(at).content.decode().count(f" of {n}.") == n
        return queries(signed_in(max_), at)

    assert cost(1) == cost(10)


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
