"""A run moves a collection; what works with it is in its way, and what was found out before stays."""

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from annotation.interchange.entries import Entry
from annotation.interchange.imports import import_entries
from annotation.models import Collection, Judgment, Move, Prompt
from annotation.moves.preview import Asked, MoveRefused, preview
from studio.accounts.acts import projects
from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from tests.annotation.making import collection, judge, pair, prompt
from tests.annotation.moves.filled import unmix
from tests.frontend.filled import fill
from tests.frontend.machines import run as make_run
from tests.frontend.machines import version
from tests.teams import team_b
from tests.training.working import executed
from training.models import BenchmarkResult, Evaluation, Run, RunVersion
from training.runs import launching, moving
from training.runs.forms import FormInvalid
from training.worker.renewal import Renewal
from training.worker.transitions import ClaimStatus

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launching, "enqueue", lambda run: None)


@pytest.fixture
def other(lea: User) -> Project:
    return team_b(lea)


@pytest.fixture
def asked(other: Project) -> Asked:
    judge(pair(), 1)
    return Asked(collection(), other, "a-collection")


def test_it_moves_and_says_how_much(asked: Asked, lea: User) -> None:
    done = executed(moving.start(asked, lea))
    assert done.state == "succeeded" and done.result["counts"]["pairs"] == 1
    assert (done.done, done.total, done.unit) == (5, 5, "rows")
    with inside(asked.project.pk):
        assert Collection.objects.get().moves.get().pk == done.result["move"]


def test_a_second_attempt_finds_that_the_first_had_moved_it(asked: Asked, lea: User) -> None:
    done = executed(moving.start(asked, lea))
    Run.objects.update(state="queued", claim=None, leased_until=None, result={})
    assert executed(done).state == "succeeded" and Move.objects.count() == 1


def test_a_second_attempt_gathers_what_the_first_one_left(asked: Asked, lea: User, project: Project) -> None:
    done = executed(moving.start(asked, lea))
    Judgment._base_manager.update(project=project)
    Run.objects.update(state="queued", claim=None, leased_until=None, result={})
    executed(done)
    assert not Judgment.objects.exists()


def test_where_it_is_stopped_nothing_has_moved(asked: Asked, lea: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Renewal, "standing", ClaimStatus.CANCEL)
    done = executed(moving.start(asked, lea))
    assert (done.state, done.error) == ("cancelled", "Nothing was moved.") and Prompt.objects.count() == 1


def test_who_may_not_any_more_moves_nothing(asked: Asked, lea: User) -> None:
    run = moving.start(asked, lea)
    Membership.objects.filter(project=asked.project).delete()
    done = executed(run)
    assert done.state == "failed" and "both projects" in done.error and "Nothing was moved" in done.error


@pytest.mark.parametrize("role", [Role.ANNOTATOR, None])
def test_it_needs_the_right_in_both_projects(asked: Asked, lea: User, role: Role | None) -> None:
    Membership.objects.filter(project=asked.project).delete()
    if role:
        Membership.objects.create(user=lea, project=asked.project, role=role)
    with pytest.raises(PermissionDenied):
        moving.start(asked, lea)


@pytest.mark.parametrize(
    "at_work",
    [
        lambda: make_run("judge", spec={"settings": {"collection": "a-collection"}}),
        lambda: make_run("judge", spec={"settings": {"pairs": [Prompt.objects.get().pairs.get().pk]}}),
        lambda: reading(make_run("sft")),
        lambda: make_run("score", spec={"outputs": {"responses": {"run": reading(ended()).pk}}}),
        lambda: reading(make_run("sft", state="succeeded", parent=make_run("recipe"), stage="sft")).parent,
    ],
)
def test_a_run_that_works_with_it_is_in_the_way_and_named(asked: Asked, at_work: Callable[[], Run]) -> None:
    found = at_work()
    assert preview(asked).refusals == [
        f"The run “{found.name}” is queued and works with it. Wait until it has ended, or cancel it."
    ]


def ended() -> Run:
    return make_run("sample", state="succeeded")


def reading(run: Run) -> Run:
    made = version(Prompt.objects.all(), name=f"of {run.pk}")
    RunVersion.objects.create(run=run, version=made, role="input", name="prompts")
    return run


def test_a_run_that_has_ended_stays_and_is_not_resumed_on_what_is_gone(asked: Asked, lea: User) -> None:
    run = reading(make_run("sft", state="failed"))
    executed(moving.start(asked, lea))
    run.refresh_from_db()
    with pytest.raises(FormInvalid, match="was moved to another project"):
        launching.resume(run)


def test_it_is_not_begun_while_something_is_in_the_way(asked: Asked, lea: User) -> None:
    moving.start(asked, lea)
    with pytest.raises(MoveRefused, match="is queued and works with it"):
        moving.start(asked, lea)


def test_an_import_that_waited_meanwhile_writes_nothing_here(asked: Asked, lea: User) -> None:
    stale = collection()
    executed(moving.start(asked, lea))
    report = import_entries([Entry([])], stale)
    assert report.faults[0].field == "collection" and "moved to another project" in report.faults[0].problem


def test_results_stay_and_outlive_the_project_that_the_questions_went_to(ada: User, other: Project) -> None:
    fill(ada)
    unmix()
    before = (BenchmarkResult.objects.count(), Evaluation.objects.count(), Run.objects.count())
    for one in Collection.objects.all():
        assert executed(moving.start(Asked(one, other, one.slug), ada)).state == "succeeded"
    with everywhere():
        assert Evaluation.objects.exclude(prompts__project=Project.objects.get(slug="tests")).exists()
    projects.erase(ada, other, "other")
    connection.check_constraints()
    now = (BenchmarkResult.objects.count(), Evaluation.objects.count(), Run.objects.exclude(kind="move").count())
    assert now == before


def test_prompts_of_other_collections_stay(asked: Asked, lea: User) -> None:
    kept = prompt("Another.", collection=collection("else"))
    executed(moving.start(asked, lea))
    assert list(Prompt.objects.all()) == [kept]
