"""Published rows of the leaderboards are for all projects, or for those that an admin keeps them to."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from studio.accounts.models import AuditEntry, User
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from training.evaluation.leaderboards import published
from training.models import BenchmarkResult

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]


@pytest.fixture
def other() -> Project:
    return Project.objects.create(slug="other", name="Other")


def row(name: str, *kept_to: int) -> BenchmarkResult:
    given = {"benchmark": "mt_bench", "judge": "gpt-4", "source": "a paper", "value": 7.0}
    return BenchmarkResult.objects.create(project=None, name=name, kept_to=list(kept_to), **given)


def test_a_row_is_for_all_until_it_is_kept(project: Project, other: Project) -> None:
    row("ours", project.pk), row("everybody's")
    assert set(BenchmarkResult.objects.values_list("name", flat=True)) == {"ours", "everybody's"}
    with inside(other.pk):
        assert BenchmarkResult.objects.get().name == "everybody's"
    with everywhere():
        assert BenchmarkResult.objects.count() == 2


def test_a_query_that_is_kept_is_asked_anew_in_each_project(other: Project) -> None:
    kept = BenchmarkResult.objects.order_by("name")
    row("theirs", other.pk)
    assert not kept.all()
    with inside(other.pk):
        assert kept.get().name == "theirs"


def test_pages_and_endpoints_do_not_name_it(
    signed_in: SignIn, api: Callable[[User], APIClient], eli: User, other: Project
) -> None:
    row("theirs-1", other.pk), row("known-1")
    page = signed_in(eli).get("/leaderboards/mt_bench/").content.decode()
    listed = api(eli).get("/api/v1/benchmark-results/").content.decode()
    assert "known-1" in page and "theirs-1" not in page
    assert "known-1" in listed and "theirs-1" not in listed


def test_an_admin_keeps_a_published_row_and_changes_nothing_else_of_it(
    signed_in: SignIn, ada: User, lea: User, other: Project
) -> None:
    of = row("theirs")
    path = f"/admin/training/benchmarkresult/{of.pk}/change/"
    given = {"projects": [other.pk], "name": "mine", "value": "9"}
    assert signed_in(lea).post(path, given).status_code == 302 and not BenchmarkResult.objects.get().kept_to
    assert signed_in(ada).post(path, given).status_code == 302
    with everywhere():
        of.refresh_from_db()
        assert (of.kept_to, of.name, of.value) == ([other.pk], "theirs", 7.0)
        assert "keeps the published row" in AuditEntry.objects.get().words


def test_published_rows_that_are_loaded_anew_stay_kept(other: Project) -> None:
    with everywhere():
        published.load()
        first = BenchmarkResult.objects.order_by("pk")[0]
        BenchmarkResult.objects.filter(pk=first.pk).update(kept_to=[other.pk])
        n = published.load()
        first.refresh_from_db()
        assert first.kept_to == [other.pk] and BenchmarkResult.objects.count() == n
