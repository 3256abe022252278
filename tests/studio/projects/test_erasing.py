"""Erasing takes every row of one project and none of another, whatever tables there are."""

import pytest
from django.apps import apps
from django.conf import settings
from django.db import models
from pytest_django import DjangoCaptureOnCommitCallbacks

from annotation.models import Collection, Prompt
from studio.accounts.models import User
from studio.accounts.roles import Role
from studio.projects import erasing
from studio.projects.erasing import EraseRefused, counts, erase, paths
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import judge, pair
from tests.conftest import person
from tests.frontend.filled import fill
from tests.frontend.machines import run as make_run
from training.models import BenchmarkResult, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(ada: User, project: Project) -> Project:
    fill(ada)
    return project


@pytest.fixture
def other(db: None) -> Project:
    made = Project.objects.create(slug="other", name="Other")
    with inside(made.pk):
        judge(pair(), 1)
        make_run("sft", state="queued")
        person("Olga", Role.LEAD)
    return made


def rows() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


def test_all_of_a_filled_project_goes_and_what_is_published_stays(filled: Project) -> None:
    Run.objects.update(state="succeeded")
    erase(filled)
    left = {name: n for name, n in rows().items() if n and name.split(".")[0] in {"annotation", "training"}}
    # A judge that was kept to it stays closed to the others.
    stays = {"annotation.Endpoint", "annotation.KeptJudge", "training.Worker", "training.BenchmarkResult"}
    assert left.keys() == stays
    with everywhere():
        assert set(BenchmarkResult.objects.values_list("run", flat=True)) == {None}


def test_another_project_keeps_every_row(filled: Project, other: Project) -> None:
    before = counts(other)
    Run.objects.update(state="succeeded")
    erase(filled)
    assert counts(other) == before and before["pairs"] == before["runs"] == 1


def test_it_is_refused_while_a_run_is_at_work_and_nothing_is_gone(project: Project) -> None:
    make_run("sft", state="queued")
    with pytest.raises(EraseRefused, match="is queued. Cancel it first"):
        erase(project)
    assert Run.objects.count() == 1


def test_the_folders_of_its_runs_go_with_it(
    project: Project, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    run = make_run("sft", state="succeeded")
    run.directory.mkdir(parents=True)
    with django_capture_on_commit_callbacks(execute=True):
        erase(project)
    assert not run.directory.exists() and settings.RUNS_DIR.exists()


def test_an_account_outlives_the_project_that_it_was_in_last(project: Project, lea: User) -> None:
    erase(project)
    lea.refresh_from_db()
    assert lea.last_project is None and not lea.memberships.exists()


def test_every_table_of_projects_is_found_by_the_way_that_leads_there() -> None:
    assert {paths()[Collection], paths()[Prompt]} == {"project"}
    assert User not in paths() and Project not in paths()
    with_column = {
        model
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is Project and field.name == "project"
    }
    assert {model.__name__ for model in with_column - paths().keys()} == {"AuditEntry"}
    assert erasing.words(Collection) == "collections"
