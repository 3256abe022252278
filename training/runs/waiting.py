"""Runs that wait for GPUs: which run has which, whose turn comes first, and why one waits, in words."""

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from studio.projects.scope import EVERYWHERE, everywhere, places
from studio.words import counted
from training.models import Run, Worker
from training.models.workers import SILENT_AFTER
from training.runs.kinds import Queue

NAMED = 3


@everywhere()
def holders() -> dict[str, Run]:
    """Every GPU that a running run of any project holds, by UUID."""
    runs = (
        Run.objects.filter(state=Run.State.RUNNING).exclude(gpu_uuids=[]).only("pk", "name", "project_id", "gpu_uuids")
    )
    return {uuid: run for run in runs for uuid in run.gpu_uuids}


@everywhere()
def before(run: Run, most: int) -> Run | None:
    """The oldest that waits for at most `most` GPUs, and longer: it comes first, so that none waits forever."""
    return waiting().filter(pk__lt=run.pk, spec__settings__gpus__lte=most).order_by("pk").first()


def waiting() -> QuerySet[Run]:
    return Run.objects.filter(state=Run.State.QUEUED, queue=Queue.GPU, spec__settings__gpus__gt=0)


def machines() -> list[Worker]:
    """The workers that are there and take runs with programs."""
    alive = Worker.objects.filter(last_seen_at__gt=timezone.now() - SILENT_AFTER, queue__contains=Queue.GPU)
    return list(alive.order_by("name"))


def slots() -> int:
    """How many runs with programs go at once, on all machines."""
    return sum(worker.slots for worker in machines()) or settings.GPU_SLOTS


def fits_somewhere(run: Run) -> bool:
    return any(len(worker.gpus) >= run.gpus_wanted for worker in machines())


def why(run: Run) -> str:
    """What a queued run waits for. Empty where it is only a free worker."""
    if run.state != Run.State.QUEUED or not run.gpus_wanted:
        return ""
    known = machines()
    most = max((len(worker.gpus) for worker in known), default=0)
    if run.gpus_wanted > most:
        return ""
    held = holders()
    free = max(sum(gpu["uuid"] not in held for gpu in worker.gpus) for worker in known)
    if free >= run.gpus_wanted:
        first = before(run, most)
        return f"It waits for its turn: {named(first)} has waited longer." if first else ""
    others = {one.pk: one for one in held.values()}.values()
    by = ", ".join(named(one) for one in list(others)[:NAMED])
    more = f" and {counted(len(others) - NAMED, 'other')}" if len(others) > NAMED else ""
    return f"It waits for {counted(run.gpus_wanted, 'GPU')} on one machine. Free: {free}. At work: {by}{more}."


def gpus_of(worker: Worker, held: dict[str, Run]) -> list[dict[str, Any]]:
    """Its GPUs, each with the run that has it, in words; empty where it is free."""
    return [gpu | {"held_by": named(held[gpu["uuid"]]) if gpu["uuid"] in held else ""} for gpu in worker.gpus]


def named(run: Run) -> str:
    """Of a project where nobody is at work here it has no name."""
    place = places()
    is_here = place == EVERYWHERE or run.project_id in (place if isinstance(place, tuple) else (place,))
    return f"“{run.name}” (run {run.pk})" if is_here else "a run of another project"
