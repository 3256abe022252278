"""Where versions are that are not here any more: as few queries for many, and in the order that was asked for."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Move, Version, VersionShare
from frontend.presenters.data.whereabouts import Whereabouts, whereabouts
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import here
from tests.annotation.making import collection, prompt
from tests.frontend.machines import version
from tests.teams import team_b

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


def gone(other: Project, name: str) -> Version:
    """One that is in the other project."""
    made = version([prompt(name)], name=name)
    Version.objects.filter(pk=made.pk).update(project=other)
    return Version._base_manager.select_related("project").get(pk=made.pk)


def shared(other: Project, by: User, name: str, **fields: object) -> VersionShare:
    return VersionShare.objects.create(version=gone(other, name), by=by, **fields)


def moved(other: Project) -> Move:
    return Move.objects.create(collection=collection(), left_id=here(), reached=other, slug_there="it")


def test_each_way_of_being_elsewhere_has_its_words_and_its_page(lea: User, ann: User, other: Project) -> None:
    kept, open_ = version([prompt("kept")], name="kept"), shared(other, lea, "open")
    ended, went = shared(other, lea, "ended", ended_at="2026-11-30T00:00Z"), gone(other, "went")
    rows = [went, ended.version, kept, open_.version]
    assert whereabouts([went], lea)[went] == ("", "moved to another project")
    moved(other)
    assert list(whereabouts(rows, lea).values()) == [
        (f"/projects/other/datasets/{went.pk}/", "moved to Team B"),
        ("", "was shared by Team B"),
        (f"/datasets/{kept.pk}/", ""),
        (f"/datasets/shared/{open_.pk}/", "shared by Team B"),
    ]
    assert whereabouts([went], ann)[went] == Whereabouts("", "moved to Team B")


def test_many_take_as_many_queries_as_one(lea: User, other: Project) -> None:
    moved(other)
    rows = [made for n in range(5) for made in (gone(other, f"went {n}"), shared(other, lea, f"shared {n}").version)]
    with CaptureQueriesContext(connection) as asked:
        whereabouts(rows, lea)
    assert len(asked) == 3
