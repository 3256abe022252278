"""Logs and intermediate files of runs that ended long ago go. What they made and measured stays.

A run keeps its spec, its result, its metrics and `output/`: weights, and samples, of which the database forgets how
often each was drawn. What goes is the log, the frozen input, which its versions give again, and the resumable state.
"""

import logging
import shutil
from collections.abc import Container
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from studio.projects.scope import everywhere
from training.models import Checkpoint, Run
from training.runs.kinds import KINDS

GOES = ("log.txt", "samples.jsonl", "data", "checkpoints")

log = logging.getLogger(__name__)


def old(until: datetime) -> list[Run]:
    """Runs that ended before and have such files, the oldest first."""
    kept = registered()
    return [run for run in ended(until).order_by("pk").iterator() if run.files_erased_at or files(run, kept)]


def ended(until: datetime) -> QuerySet[Run]:
    """Runs that may have such files. Not the stages of a recipe that is at work, or will be: it may resume them."""
    found = Run.objects.filter(state__in=Run.ENDED, ended_at__lt=until, files_erased_bytes=None)
    without = [name for name, kind in KINDS.items() if not kind.has_program]
    return found.exclude(parent__state__in=Run.OPEN).exclude(kind__in=without)


def files(run: Run, kept: Container[str]) -> list[Path]:
    """What of its directory goes."""
    there = [path for name in GOES if (path := run.directory / name).exists() or path.is_symlink()]
    return [path for path in there if str(path) not in kept and str(path.resolve()) not in kept]


def registered() -> frozenset[str]:
    """Folders of weights that somebody has registered, in any project, and the folders that those lie in."""
    with everywhere():
        paths = Checkpoint.objects.values_list("path", flat=True)
        folders = [settings.RUNS_DIR / path for path in paths]
    return frozenset(str(one) for folder in folders for one in (folder, *folder.parents))


def erase(run: Run) -> int | None:
    """The bytes that went; None where it has no such files, is open again, or one cannot be deleted now.

    Marked first: from then on nobody resumes it. What an interruption leaves is found again by that mark. One that has
    no such files is not looked at again until it was resumed.
    """
    marked = Run.objects.filter(pk=run.pk, state__in=Run.ENDED, ended_at=run.ended_at)
    going = files(run, registered())
    if run.files_erased_at is None:
        unmarked = marked.filter(files_erased_at=None)
        if not going:
            unmarked.update(files_erased_bytes=0)
            return None
        if not unmarked.update(files_erased_at=timezone.now()):
            return None
    try:
        size = sum(map(delete, going))
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
