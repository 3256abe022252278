"""The rows of one project, seen from it, from another, and from everywhere."""

from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction

from annotation.models import Collection, Pair, Prompt
from studio.accounts.models import ApiToken, AuditEntry, Membership
from studio.projects.models import Project
from studio.projects.scope import OutsideProjects, among, everywhere, inside
from tests.annotation.making import collection, pair, prompt

pytestmark = pytest.mark.django_db

# Of people rather than of a project's data: the code says each time whose it wants.
OF_PEOPLE = {ApiToken, Membership}


@pytest.fixture
def other() -> Project:
    return Project.objects.create(slug="other", name="Other")


def test_a_query_that_is_kept_and_asked_in_two_projects_gives_each_its_own(project: Project, other: Project) -> None:
    kept = Prompt.objects.filter(text__contains="prime").order_by("text")
    prompt("Name a prime.")
    with inside(other.pk):
        prompt("Name another prime.")
        assert [one.text for one in kept.all()] == ["Name another prime."]
    assert [one.text for one in kept.all()] == ["Name a prime."]
    with everywhere():
        assert kept.all().count() == 2


def test_what_is_made_belongs_to_the_project_at_work(project: Project, other: Project) -> None:
    with inside(other.pk):
        made = pair()
    assert {made.project, made.prompt.project, made.left.author.project} == {other}


def test_everywhere_what_is_made_has_to_name_its_project() -> None:
    with everywhere(), pytest.raises(IntegrityError), transaction.atomic():
        Collection.objects.create(slug="of-nobody", name="Of nobody")


def test_a_row_of_another_project_is_neither_found_nor_changed_nor_deleted(other: Project) -> None:
    with inside(other.pk):
        theirs = pair()
    assert not Pair.objects.filter(pk=theirs.pk).exists()
    assert Pair.objects.filter(pk=theirs.pk).update(metadata={"seen": True}) == 0
    assert Pair.objects.filter(pk=theirs.pk).delete()[0] == 0
    with inside(other.pk):
        assert Pair.objects.get().metadata == theirs.metadata


def test_rows_beside_a_row_are_those_of_the_project_at_work(project: Project, other: Project) -> None:
    mine = collection()
    prompt(collection=mine)
    with inside(other.pk):
        assert not mine.prompts.exists()
    assert mine.prompts.exists()


def test_a_name_may_be_taken_in_another_project(other: Project) -> None:
    Collection.objects.create(slug="same", name="Mine")
    with inside(other.pk):
        Collection.objects.create(slug="same", name="Theirs")
    with pytest.raises(IntegrityError), transaction.atomic():
        Collection.objects.create(slug="same", name="Mine again")


@pytest.mark.parametrize("act", [models.QuerySet.count, models.QuerySet.first, models.QuerySet.delete])
def test_every_table_with_a_project_is_asked_in_one(act: Callable[[Any], Any]) -> None:
    tables = [model for model in apps.get_models() if "project" in {field.name for field in model._meta.fields}]
    assert AuditEntry in tables and Pair in tables
    with inside(None):
        for model in set(tables) - OF_PEOPLE:
            with pytest.raises(OutsideProjects):
                act(model._default_manager.all())


def test_among_several_projects_the_rows_of_each_are_seen_and_no_others(project: Project, other: Project) -> None:
    third = Project.objects.create(slug="third", name="Third")
    for one in (project, other, third):
        with inside(one.pk):
            prompt("Name a prime.")
    with among([project.pk, other.pk]):
        assert set(Prompt.objects.values_list("project", flat=True)) == {project.pk, other.pk}
    with among([]):
        assert not Prompt.objects.exists()
