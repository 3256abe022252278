"""The night in which old raw records go: whose, when, and what is on record of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from unittest.mock import Mock

import pytest
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from annotation.judges import retention as calls
from annotation.models import JudgeCall, ProjectDefaults
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import author, pair
from training.models import Run
from training.runs import old_files, retention
from training.tasks import erase_old, erase_old_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tasks_run_at_once")]
Last = tuple[datetime, int] | None
Night = Callable[[], None]


def days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def keep(days: int | None, set_at: datetime | None = None) -> None:
    ProjectDefaults.objects.create(keep_raw_days=days, keep_raw_set_at=set_at or days_ago(2))


def old_call() -> None:
    of = pair(f"Name {JudgeCall.objects.count()} primes.")
    made = JudgeCall.objects.create(pair=of, author=author("j", "judge"), shown="left_first", raw="Verdict: B")
    JudgeCall.objects.filter(pk=made.pk).update(created_at=days_ago(20))


def words() -> int:
    return JudgeCall.objects.exclude(raw="").count()


@pytest.fixture
def old_run(make_run: Callable[..., Run]) -> Run:
    run = make_run(state="failed", ended_at=days_ago(20))
    run.directory.mkdir(parents=True)
    (run.directory / "log.txt").write_text("x" * 1000)
    return run


@pytest.fixture
def night(django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Night:
    def falls() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            erase_old()

    return falls


def test_a_night_erases_what_is_old_and_says_so(old_run: Run, night: Night) -> None:
    old_call()
    keep(10)
    assert retention.would_go(10) == retention.Erased(1, 1)
    night()
    known = ProjectDefaults.objects.get()
    assert retention.last_night(known) == retention.Erased(1, 1, 1010)
    assert (known.erased_at, words()) != (None, 1)
    assert retention.last_night(known).words == "1 judge call, 1 run folder, 1010 bytes"


def test_without_the_setting_nothing_goes(old_run: Run, night: Night) -> None:
    old_call()
    night()
    keep(None)
    night()
    assert retention.erase_now() == retention.Erased()
    assert words() == 1 and (old_run.directory / "log.txt").exists()


def test_it_begins_the_night_after_it_was_set_and_once_a_night(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = timezone.now().replace(hour=12)
    keep(10, set_at=noon)
    monkeypatch.setattr(timezone, "now", lambda: noon + timedelta(hours=13))
    assert not retention.takes_its_turn()
    monkeypatch.setattr(timezone, "now", lambda: noon + timedelta(hours=15))
    assert retention.takes_its_turn() and not retention.takes_its_turn()
    monkeypatch.setattr(timezone, "now", lambda: noon + timedelta(hours=39))
    assert retention.takes_its_turn()


def test_each_project_has_its_own_and_an_archived_one_too(night: Night) -> None:
    old_call()
    for slug, days in (("archived", 10), ("keeps", None), ("longer", 30)):
        there = Project.objects.create(
            slug=slug, name=slug, archived_at=timezone.now() if slug == "archived" else None
        )
        with inside(there.pk):
            old_call()
            keep(days)
    night()
    left = {}
    for slug in ("tests", "archived", "keeps", "longer"):
        with inside(Project.objects.get(slug=slug).pk):
            left[slug] = words()
    assert left == {"tests": 1, "archived": 0, "keeps": 1, "longer": 1}


def test_an_interrupted_night_has_on_record_what_went_and_another_goes_on(
    monkeypatch: pytest.MonkeyPatch, night: Night
) -> None:
    monkeypatch.setattr(calls, "CHUNK", 1)
    for _ in range(3):
        old_call()
    keep(10)
    erase = calls.erase_some

    def dies(until: datetime, last: Last) -> calls.Chunk | None:
        if last:
            raise SystemExit
        return erase(until, last)

    with monkeypatch.context() as dying, pytest.raises(SystemExit):
        dying.setattr(calls, "erase_some", dies)
        night()
    assert (ProjectDefaults.objects.get().erased_calls, words()) == (1, 2)
    ProjectDefaults.objects.update(erased_at=days_ago(1))
    night()
    assert (ProjectDefaults.objects.get().erased_calls, words()) == (2, 0)


def test_a_night_stops_where_somebody_changes_the_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "CHUNK", 1)
    for _ in range(3):
        old_call()
    keep(10)
    erase = calls.erase_some

    def while_somebody_changes_it(until: datetime, last: Last) -> calls.Chunk | None:
        ProjectDefaults.objects.update(keep_raw_days=None)
        return erase(until, last)

    monkeypatch.setattr(calls, "erase_some", while_somebody_changes_it)
    assert retention.erase_now().calls == 1 and words() == 2


def test_it_goes_on_until_all_is_gone_in_tasks_of_some_minutes(monkeypatch: pytest.MonkeyPatch, night: Night) -> None:
    monkeypatch.setattr(calls, "CHUNK", 1)
    monkeypatch.setattr(retention, "SECONDS", 0.0)
    for _ in range(3):
        old_call()
    keep(10)
    slices = Mock(side_effect=retention.goes_on)
    monkeypatch.setattr(retention, "goes_on", slices)
    night()
    assert (ProjectDefaults.objects.get().erased_calls, words(), slices.call_count) == (3, 0, 4)


def test_each_project_has_a_task_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    keep(10)
    with inside((other := Project.objects.create(slug="other", name="Other")).pk):
        keep(20)
    sent: list[tuple[int, int]] = []
    monkeypatch.setattr(erase_old_of, "delay", lambda *asked: sent.append(asked))
    erase_old()
    erase_old()
    assert sent == [(Project.objects.get(slug="tests").pk, 10), (other.pk, 20)]


def test_a_task_that_comes_late_goes_by_no_days_that_were_changed() -> None:
    old_call()
    keep(None)
    assert not retention.goes_on(10, seconds=60.0) and words() == 1


def test_what_would_go_is_told_without_looking_at_files(old_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_files, "files", Mock(side_effect=AssertionError))
    assert retention.would_go_at_most(10).words == "at most 1 run folder"
