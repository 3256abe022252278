"""What a project keeps for some days only: which of it is old, and the night that erases it.

In batches with short transactions, a task for each project and some minutes: a night that is interrupted has erased
what it had, and another goes on.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import inf

from django.db.models import F
from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from annotation.judges import retention as calls
from annotation.models import ProjectDefaults
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside
from studio.words import counted
from training.runs import old_files

# By UTC. A studio that was off at that hour does it later.
HOUR = 2
# Of one task: others wait for the worker too.
SECONDS = 300.0


@dataclass(frozen=True)
class Erased:
    """What went, or would go; bytes are known only of what went, and of runs perhaps only the most there can be."""

    calls: int = 0
    runs: int = 0
    bytes: int = 0
    is_most: bool = False

    @property
    def words(self) -> str:
        """`1,204 judge calls, 3 run folders, 1.2 GB`; `at most 3 run folders`."""
        most = "at most " if self.is_most else ""
        parts = [(self.calls, counted(self.calls, "judge call")), (self.runs, most + counted(self.runs, "run folder"))]
        size = [filesizeformat(self.bytes).replace("\N{NO-BREAK SPACE}", " ")] if self.bytes else []
        return ", ".join([*(says for number, says in parts if number), *size]) or "nothing"


def would_go(days: int) -> Erased:
    """Of the project at work, with so many days. Looks into the folder of each run that may have old files."""
    until = before(days)
    return Erased(calls.old(until).count(), len(old_files.old(until)))


def would_go_at_most(days: int) -> Erased:
    """The same by the database alone, while somebody types."""
    until = before(days)
    return Erased(calls.old(until).count(), old_files.ended(until).count(), is_most=True)


def before(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def last_night(known: ProjectDefaults) -> Erased:
    return Erased(known.erased_calls, known.erased_runs, known.erased_bytes)


def due() -> list[tuple[int, int]]:
    """Projects whose turn it is, archived ones too, each with its days; nobody else is told of them tonight.

    Each has its turn once after HOUR, and none before the night after it was set.
    """
    found = []
    with everywhere():
        projects = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    for project in projects:
        with inside(project):
            days = ProjectDefaults.here().keep_raw_days
            if days is not None and takes_its_turn():
                found.append((project, days))
    return found


def takes_its_turn() -> bool:
    """Whether the project at work is due, which it is no longer then: of two that ask at once one is told so."""
    tonight = timezone.now().replace(hour=HOUR, minute=0, second=0, microsecond=0)
    tonight -= timedelta(days=1) if tonight > timezone.now() else timedelta()
    waiting = ProjectDefaults.objects.filter(keep_raw_days__isnull=False, keep_raw_set_at__lt=tonight)
    return bool(waiting.exclude(erased_at__gte=tonight).update(**nothing_yet()))


def nothing_yet() -> dict[str, object]:
    return {"erased_at": timezone.now(), "erased_calls": 0, "erased_runs": 0, "erased_bytes": 0}


def erase_now() -> Erased:
    """All that is old in the project at work."""
    days = ProjectDefaults.here().keep_raw_days
    if days is None:
        return Erased()
    ProjectDefaults.objects.update(**nothing_yet())
    goes_on(days, inf)
    return last_night(ProjectDefaults.here())


def goes_on(days: int, seconds: float) -> bool:
    """Erase for so long what is old in the project at work: whether there is more. Each batch is on record when gone.

    Where somebody has changed the days meanwhile there is not: the next night goes by theirs.
    """
    row, ends = ProjectDefaults.objects.all(), time.monotonic() + seconds
    unchanged = row.filter(keep_raw_days=days)
    if not unchanged.exists():
        return False
    for part in parts(before(days)):
        row.update(
            erased_calls=F("erased_calls") + part.calls,
            erased_runs=F("erased_runs") + part.runs,
            erased_bytes=F("erased_bytes") + part.bytes,
        )
        if not unchanged.exists():
            return False
        if time.monotonic() >= ends:
            return True
    return False


def parts(until: datetime) -> Iterator[Erased]:
    """Batch by batch, as it goes."""
    last = None
    while chunk := calls.erase_some(until, last):
        last = chunk.last
        yield Erased(calls=chunk.calls, bytes=chunk.bytes)
    for run in old_files.ended(until).order_by("pk").defer("spec", "result").iterator():
        size = old_files.erase(run)
        if size is not None:
            yield Erased(runs=1, bytes=size)
