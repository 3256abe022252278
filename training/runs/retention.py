"""What a project keeps for some days only: which of it is old, and the night that erases it.

In batches with short transactions: a night that is interrupted has erased what it had, and another goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
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


@dataclass(frozen=True)
class Erased:
    """What went, or would go; bytes are known only of what went."""

    calls: int = 0
    runs: int = 0
    bytes: int = 0

    @property
    def words(self) -> str:
        """`1,204 judge calls, 3 run folders, 1.2 GB`."""
        parts = [(self.calls, counted(self.calls, "judge call")), (self.runs, counted(self.runs, "run folder"))]
        size = [filesizeformat(self.bytes).replace("\N{NO-BREAK SPACE}", " ")] if self.bytes else []
        return ", ".join([*(says for number, says in parts if number), *size]) or "nothing"


def would_go(days: int | None) -> Erased:
    """Of the project at work, with so many days."""
    if days is None:
        return Erased()
    until = timezone.now() - timedelta(days=days)
    return Erased(calls.old(until).count(), len(old_files.old(until)))


def last_night(known: ProjectDefaults) -> Erased:
    return Erased(known.erased_calls, known.erased_runs, known.erased_bytes)


def every_night() -> None:
    """Of all projects, archived ones too; each once after HOUR, and none before the night after it was set."""
    with everywhere():
        projects = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    for project in projects:
        with inside(project):
            if begin():
                erase_old()


@transaction.atomic
def begin() -> bool:
    """Whether this project is due; of two that ask at once one is told so."""
    tonight = timezone.now().replace(hour=HOUR, minute=0, second=0, microsecond=0)
    tonight -= timedelta(days=1) if tonight > timezone.now() else timedelta()
    due = ProjectDefaults.objects.filter(keep_raw_days__isnull=False, keep_raw_set_at__lt=tonight)
    return bool(due.exclude(erased_at__gte=tonight).update(**cleared()))


def cleared() -> dict[str, object]:
    return {"erased_at": timezone.now(), "erased_calls": 0, "erased_runs": 0, "erased_bytes": 0}


def erase_old() -> Erased:
    """All that is old in the project at work. Each batch is on record as soon as it is gone."""
    known = ProjectDefaults.here()
    if known.keep_raw_days is None:
        return Erased()
    row = ProjectDefaults.objects.filter(pk=known.pk)
    row.update(**cleared())
    until = timezone.now() - timedelta(days=known.keep_raw_days)
    for part in parts(until):
        row.update(
            erased_calls=F("erased_calls") + part.calls,
            erased_runs=F("erased_runs") + part.runs,
            erased_bytes=F("erased_bytes") + part.bytes,
        )
        if not row.filter(keep_raw_days=known.keep_raw_days).exists():
            # Somebody has changed it meanwhile: the next night goes by that.
            break
    return last_night(ProjectDefaults.here())


def parts(until: datetime) -> Iterator[Erased]:
    """Batch by batch, as it goes."""
    last = None
    while chunk := calls.erase_some(until, last):
        last = chunk.last
        yield Erased(calls=chunk.calls, bytes=chunk.bytes)
    for run in old_files.old(until):
        size = old_files.erase(run)
        if size is not None:
            yield Erased(runs=1, bytes=size)
