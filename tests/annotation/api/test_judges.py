"""Which projects may ask a judge, by the API."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from annotation.judges.config import registry
from annotation.models import KeptJudge
from studio.accounts.models import AuditEntry, User
from studio.projects import erasing
from studio.projects.models import Project
from studio.projects.scope import everywhere
from tests.annotation.making import author

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]


@pytest.fixture
def path() -> str:
    """Of a judge that the studio has."""
    return f"/projects/tests/api/v1/judges/{registry.load('rating').author.pk}/projects/"


@pytest.fixture
def other() -> Project:
    return Project.objects.create(slug="other", name="Other")


def test_an_admin_keeps_a_judge_and_it_is_on_record(api: Api, ada: User, other: Project, path: str) -> None:
    assert api(ada).get(path).json() == {"judge": "rating", "projects": [], "is_for_all": True}
    said = {"judge": "rating", "projects": ["other"], "is_for_all": False}
    assert api(ada).put(path, {"projects": ["other"]}).json() == said == api(ada).get(path).json()
    with everywhere():
        assert AuditEntry.objects.get().words == "ada keeps the judge rating to other"
    assert api(ada).put(path, {"projects": []}).json()["is_for_all"]


def test_nobody_else_does_or_reads_it(api: Api, eli: User, ann: User, other: Project, path: str) -> None:
    KeptJudge.objects.create(name="rating", kept_to=[other.pk])
    for user in (eli, ann):
        assert [api(user).get(path).status_code, api(user).put(path, {"projects": []}).status_code] == [403, 403]
    assert APIClient().put(path, {"projects": []}).status_code in {401, 403}
    assert KeptJudge.objects.get().kept_to == [other.pk]


def test_what_cannot_be_meant_is_refused_with_its_remedy(api: Api, ada: User, other: Project, path: str) -> None:
    assert "There is no project none." in str(api(ada).put(path, {"projects": ["none"]}).json())
    assert api(ada).put(path, {}).status_code == 400
    KeptJudge.objects.create(name="rating", kept_to=[other.pk])
    erasing.erase(other)
    refused = api(ada).put(path, {"projects": []})
    assert refused.status_code == 400 and "are deleted" in str(refused.json())


def test_a_judge_that_was_imported_is_kept_by_nobody(api: Api, ada: User) -> None:
    imported = f"/projects/tests/api/v1/judges/{author('of a file', 'judge').pk}/projects/"
    assert api(ada).put(imported, {"projects": ["tests"]}).status_code == 404
