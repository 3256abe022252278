"""Logs and intermediate files of runs that ended long ago go. What they made and measured stays.

A run keeps its spec, its result, its metrics and `output/`: weights, and samples, of which the database forgets how
often each was drawn. What goes is the log, the frozen input, which its versions give again, and the resumable state.
"""

import logging
import shutil
from datetime import datetime
from pathlib import Path

from django.db.models import Q, QuerySet
from django.utils import timezone

from studio.projects.scope import everywhere
from training.models import Checkpoint, Run

GOES = ("log.txt", "data", "checkpoints")

log = logging.getLogger(__name__)


def old(until: datetime) -> list[Run]:
    """Runs that ended before and have such files, the oldest first."""
    return [run for run in ended(until).order_by("pk").iterator() if run.files_erased_at or files(run)]


def ended(until: datetime) -> QuerySet[Run]:
    """Not the stages of a recipe that is at work, or will be: it may resume them."""
    found = Run.objects.filter(state__in=Run.ENDED, ended_at__lt=until, files_erased_bytes=None)
    return found.exclude(parent__state__in=Run.OPEN)


def files(run: Run) -> list[Path]:
    """What of its directory goes."""
    there = [path for name in GOES if (path := run.directory / name).exists() or path.is_symlink()]
    return [path for path in there if not is_a_checkpoint(path)]


def is_a_checkpoint(path: Path) -> bool:
    """Whether somebody has registered weights that lie there, in any project."""
    within = [f"{path.parent.name}/{path.name}", str(path), str(path.resolve())]
    named = Q(path__in=within)
    for one in within:
        named |= Q(path__startswith=f"{one}/")
    with everywhere():
        return Checkpoint.objects.filter(named).exists()


def erase(run: Run) -> int | None:
    """The bytes that went; None where it is open again, or a file cannot be deleted now.

    Marked first: from then on nobody resumes it. What an interruption leaves is found again by that mark.
    """
    marked = Run.objects.filter(pk=run.pk, state__in=Run.ENDED, ended_at=run.ended_at)
    if run.files_erased_at is None and not marked.filter(files_erased_at=None).update(files_erased_at=timezone.now()):
        return None
    try:
        size = sum(delete(path) for path in files(run))
    except OSError as error:
        log.warning("Files of run %s cannot be deleted: %s. Another night tries again.", run.pk, error)
        return None
    marked.update(files_erased_bytes=size)
    return size


def delete(path: Path) -> int:
    """Raises OSError."""
    if path.is_symlink() or path.is_file():
        size = path.lstat().st_size
        path.unlink()
        return size
    size = sum(one.lstat().st_size for one in path.rglob("*") if not one.is_dir())
    shutil.rmtree(path)
    return size
