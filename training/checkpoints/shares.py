"""Checkpoints that another project uses.

There it is a row of its own, with an author of its own: what it answers and scores, and the runs that start from it,
belong to that project (decision 11). Its files stay where they are.
"""

from itertools import chain, count
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Exists, OuterRef, ProtectedError, Q, QuerySet
from django.dispatch import receiver

from annotation import sharing
from annotation.models import Author
from studio.projects.erasing import EraseRefused, erasing
from studio.projects.models import Project
from studio.projects.scope import inside
from training.models import Checkpoint, CheckpointShare, Run, RunCheckpoint
from training.runs.ingest import author_of


def usable() -> QuerySet[Checkpoint]:
    """Those of the project at work: its own, and what is shared with it now."""
    shared = CheckpointShare.objects.open().filter(checkpoint=OuterRef("original"), project=OuterRef("project"))
    return Checkpoint.objects.filter(Q(shared_by="") | Exists(shared))


def is_usable(checkpoint: Checkpoint) -> bool:
    return not checkpoint.shared_by or usable().filter(pk=checkpoint.pk).exists()


def gone(checkpoint: Checkpoint) -> str:
    """Why it is not usable."""
    by = checkpoint.shared_by
    return f"{by} no longer shares {checkpoint} with this project. Ask {by} to share it again, or start from another."


def weightless(checkpoint: Checkpoint) -> str:
    """Why nothing can start from it, although it is shared. Names no folder of the other project."""
    return f"The weights of {checkpoint} are not on this worker. Ask {checkpoint.shared_by}, or choose another."


@receiver(sharing.began, sender=CheckpointShare)
def meet(shared: CheckpointShare, **_: Any) -> None:
    """It is there from now on, or again. Raises PermissionDenied for what is another project's itself."""
    original = shared.checkpoint
    if original.shared_by:
        raise PermissionDenied(f"{original} is shared by {original.shared_by}: only that project shares it.")
    known = {"shared_by": original.project.name, "template": original.template}
    with inside(shared.project_id):
        if Checkpoint.objects.filter(original=original).update(**known):
            return
        name = free_name(original)
        Checkpoint.objects.create(
            name=name,
            kind=original.kind,
            author=author_of(original.kind, name),
            original=original,
            path=original.path,
            digest=original.digest,
            parameters=original.parameters,
            **known,
        )


def free_name(original: Checkpoint) -> str:
    """Its own where the project at work has neither a checkpoint nor an author of that name."""
    longer = f"{original.name[:90]} ({original.project.name[:90]})"
    for name in chain([original.name, longer], (f"{longer} {n}" for n in count(2))):
        if not (Checkpoint.objects.filter(name=name).exists() or Author.objects.filter(name=name).exists()):
            return name
    raise AssertionError  # There is always a next number.


@receiver(sharing.ended, sender=CheckpointShare)
def part(shared: CheckpointShare, **_: Any) -> None:
    for copy in Checkpoint._base_manager.filter(original=shared.checkpoint_id, project=shared.project_id):
        forget_unused(copy)


def forget_unused(copy: Checkpoint) -> None:
    """A record stays: one that something was made with. Nothing else does."""
    try:
        with transaction.atomic():
            copy.delete()
            copy.author.delete()
    except ProtectedError:
        return


@receiver(erasing)
def let_go(project: Project, **_: Any) -> None:
    """What the project shares ends with it. Raises EraseRefused while a run of another project works with it."""
    copies = Checkpoint._base_manager.filter(original__project=project)
    beside = RunCheckpoint._base_manager.filter(checkpoint__in=copies)
    starts = Q(checkpoint__in=copies) | Q(reference__in=copies) | Q(pk__in=beside.values("run"))
    loading = Run._base_manager.filter(starts, state__in=Run.OPEN)
    if run := loading.select_related("project", "checkpoint", "reference").order_by("pk").first():
        besides = [row.checkpoint for row in beside.filter(run=run).select_related("checkpoint")]
        loaded = next(one for one in (run.checkpoint, run.reference, *besides) if one in copies)
        raise EraseRefused(
            f"The run “{run.name}” of the project {run.project} is {run.state} and works with {loaded}, "
            "which this project shares. Cancel it there first, or wait until it ends."
        )
    sharing.let_go(CheckpointShare, project)
    for copy in copies:
        forget_unused(copy)
