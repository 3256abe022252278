"""Versions are shared, listed, exported and taken back by REST."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation import sharing
from annotation.models import VersionShare
from studio.accounts.models import User
from studio.projects.models import Project
from tests.annotation.making import prompt
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.frontend.machines import version
from tests.teams import THERE, engineer_of, team_b

Api = Callable[[User], APIClient]
LIST = f"{THERE}/api/v1/shared-versions/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def shared(other: Project, lea: User) -> VersionShare:
    return sharing.share(VersionShare, version([prompt()], name="ours"), other, lea)


def given_at(shared: VersionShare) -> str:
    return f"{HERE}/api/v1/versions/{shared.version_id}/shares/"


def test_it_is_shared_and_listed_and_ended_by_its_address(api: Api, lea: User, other: Project) -> None:
    at = f"{HERE}/api/v1/versions/{version([prompt()]).pk}/shares/"
    assert api(lea).post(at, {"project": "none-such"}).status_code == 400
    made = api(lea).post(at, {"project": "other"})
    assert made.status_code == 201 and api(lea).get(at).json() == [made.json()]
    assert made.json()["project"] == "other"
    for _ in range(2):
        assert api(lea).delete(f"{at}{made.json()['id']}/").status_code == 204
    assert api(lea).get(at).json() == []


def test_the_share_of_another_version_is_not_ended(api: Api, lea: User, shared: VersionShare) -> None:
    at = f"{HERE}/api/v1/versions/{version([prompt('Another.')], name='else').pk}/shares/{shared.pk}/"
    assert api(lea).delete(at).status_code == 404 and VersionShare.given.get().is_open


def test_the_other_project_lists_and_exports_it_until_it_is_ended(
    api: Api, lea: User, other: Project, shared: VersionShare
) -> None:
    client = api(engineer_of(other))
    (row,) = client.get(LIST).json()["results"]
    assert row["shared_by"] == "Tests" and "definition" not in row
    assert client.get(f"{THERE}/api/v1/versions/{shared.version_id}/").status_code == 404
    exported = client.get(f"{LIST}{row['id']}/export/")
    assert exported.status_code == 200 and "X-Flagged" not in exported.headers
    assert api(lea).get(f"{HERE}/api/v1/versions/{shared.version_id}/export/").headers["X-Flagged"] == "0"
    sharing.end(shared, lea)
    assert client.get(LIST).json()["results"] == []
    assert client.get(f"{LIST}{row['id']}/export/").status_code == 404


@pytest.mark.parametrize("part", ["", "{pk}/", "{pk}/export/"])
def test_reading_is_not_for_annotators_nor_strangers(
    api: Api, ann: User, client: Client, project: Project, part: str
) -> None:
    made = VersionShare.objects.create(version=version([prompt()]), by=ann)
    at = f"{HERE}/api/v1/shared-versions/{part.format(pk=made.pk)}"
    assert api(ann).get(at).status_code == 403 and client.get(at).status_code == 401


def test_sharing_is_not_for_annotators_nor_strangers(api: Api, ann: User, shared: VersionShare) -> None:
    at = given_at(shared)
    for asker, status in ((api(ann), 403), (APIClient(), 401)):
        said = asker.get(at), asker.post(at, {"project": "other"}), asker.delete(f"{at}{shared.pk}/")
        assert {one.status_code for one in said} == {status}
    assert VersionShare.given.get().is_open


def test_whoever_may_not_read_the_owner_ends_nothing(api: Api, other: Project, shared: VersionShare) -> None:
    client, at = api(engineer_of(other)), f"/api/v1/versions/{shared.version_id}/shares/{shared.pk}/"
    assert {client.delete(f"{where}{at}").status_code for where in (HERE, THERE)} == {404}
    assert VersionShare.given.get().is_open


def test_longer_lists_take_no_more_queries(api: Api, lea: User, other: Project, shared: VersionShare) -> None:
    reader, at = api(engineer_of(other)), given_at(shared)

    def grown(n: int) -> tuple[int, int]:
        for number in range(len(reader.get(LIST).json()["results"]), n):
            sharing.share(VersionShare, version([prompt(f"Number {number}.")], name=f"v{number}"), other, lea)
            more = Project.objects.create(slug=f"p{number}", name=f"P {number}")
            VersionShare.given.create(version=shared.version, project=more, by=lea)
        assert len(reader.get(LIST).json()["results"]) == len(api(lea).get(at).json()) == n
        return queries(reader, LIST), queries(api(lea), at)

    assert grown(1) == grown(10)
