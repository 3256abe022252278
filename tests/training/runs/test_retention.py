"""The night in which old raw records go: whose, when, and what is on record of it."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from annotation.judges import retention as calls
from annotation.models import JudgeCall, ProjectDefaults
from studio.projects.models import Project
from studio.projects.scope import inside
from tests.annotation.making import author, pair
from training.models import Run
from training.runs import retention
from training.tasks import erase_old

pytestmark = pytest.mark.django_db
Last = tuple[datetime, int] | None


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


def test_a_night_erases_what_is_old_and_says_so(old_run: Run) -> None:
    old_call()
    keep(10)
    assert retention.would_go(10) == retention.Erased(1, 1)
    erase_old()
    known = ProjectDefaults.objects.get()
    assert retention.last_night(known) == retention.Erased(1, 1, 1010)
    assert (known.erased_at, words()) != (None, 1)
    assert retention.last_night(known).words == "1 judge call, 1 run folder, 1010 bytes"


def test_without_the_setting_nothing_goes(old_run: Run) -> None:
    old_call()
    erase_old()
    keep(None)
    erase_old()
    assert retention.erase_old() == retention.would_go(None) == retention.Erased()
    assert words() == 1 and (old_run.directory / "log.txt").exists()


def test_it_begins_the_night_after_it_was_set_and_once_a_night(monkeypatch: pytest.MonkeyPatch) -> None:
    noon = timezone.now().replace(hour=12)
    keep(10, set_at=noon)
    monkeypatch.setattr(timezone, "now", lambda: noon + timedelta(hours=13))
    assert not retention.begin()
    monkeypatch.setattr(timezone, "now", lambda: noon + timedelta(hours=15))
    assert retention.begin() and not retention.begin()
    monkeypatch.setattr(timezone, "now", lambda: noon + timedelta(hours=39))
    assert retention.begin()


def test_each_project_has_its_own_and_an_archived_one_too() -> None:
    old_call()
    for slug, days in (("archived", 10), ("keeps", None), ("longer", 30)):
        there = Project.objects.create(
            slug=slug, name=slug, archived_at=timezone.now() if slug == "archived" else None
        )
        with inside(there.pk):
            old_call()
            keep(days)
    erase_old()
    left = {}
    for slug in ("tests", "archived", "keeps", "longer"):
        with inside(Project.objects.get(slug=slug).pk):
            left[slug] = words()
    assert left == {"tests": 1, "archived": 0, "keeps": 1, "longer": 1}


def test_an_interrupted_night_has_on_record_what_went_and_another_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
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
        erase_old()
    assert (ProjectDefaults.objects.get().erased_calls, words()) == (1, 2)
    ProjectDefaults.objects.update(erased_at=days_ago(1))
    erase_old()
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
    assert retention.erase_old().calls == 1 and words() == 2
