"""Runs that wait for machines, and those at work: which has which GPUs, why one waits, and when it may begin."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from studio.projects.scope import EVERYWHERE, everywhere, places
from studio.words import counted
from training.models import Run, Worker
from training.runs import expected_start, machines, queue_order
from training.runs.kinds import PEOPLE, Queue
from training.runs.machines import Machine

NAMED = 3
# The first of the queue; who waits behind so many has time.
SHOWN = 100


@dataclass(frozen=True)
class WaitingRun:
    """A run in its place of the queue, from 1; `begins_in` are seconds, None where nobody can say."""

    place: int
    run: Run
    reason: str
    begins_in: float | None
    gpu_hours: float

    @property
    def is_here(self) -> bool:
        return is_here(self.run)


@everywhere()
def at_work() -> list[Run]:
    """The running runs with programs, of all projects, the oldest first."""
    running = Run.objects.filter(state=Run.State.RUNNING, queue=Queue.GPU).select_related("requested_by")
    return list(running.defer("spec", "result", "error").order_by("working_since", "pk"))


def holders(running: Iterable[Run] | None = None) -> dict[str, Run]:
    """Every GPU that a running run of any project holds, by UUID."""
    return {uuid: run for run in (at_work() if running is None else running) for uuid in run.gpu_uuids}


def in_queue(known: Sequence[Machine], running: Sequence[Run], most: int = SHOWN) -> list[WaitingRun]:
    """The first of what waits for machines, in the order in which it will begin."""
    order, held = queue_order.in_order(Queue.GPU), holders(running)
    begins, used = expected_start.expected(order, known, running), queue_order.gpu_seconds() if order else {}
    return [
        WaitingRun(
            place=place,
            run=run,
            reason=reason(run, order, known, held),
            begins_in=begins.get(run.pk),
            gpu_hours=used.get(run.requested_by_id, 0.0) / 3600,
        )
        for place, run in enumerate(order[:most], start=1)
    ]


def slots() -> int:
    """How many runs with programs go at once, on all machines."""
    return sum(machine.slots for machine in machines.alive()) or settings.GPU_SLOTS


def why(run: Run) -> str:
    """What a queued run waits for, or a stage of an open recipe. Empty where it is only a free worker."""
    if run.kind == Run.Kind.RECIPE and run.is_open:
        # All of them, which a list has at hand already: no query for each recipe of it.
        waiting = [one for one in run.children.all() if one.queue == PEOPLE and one.state == Run.State.QUEUED]
        return " ".join(f"Stage {stage.stage}: {for_people(stage)}" for stage in waiting)
    if run.state == Run.State.QUEUED and run.queue == PEOPLE:
        return for_people(run)
    if run.state != Run.State.QUEUED or run.queue != Queue.GPU:
        return ""
    return reason(run, queue_order.in_order(run.queue), machines.alive(), holders())


def reason(run: Run, order: Sequence[Run], known: Sequence[Machine], held: Mapping[str, Run]) -> str:
    """Why it waits, where it has its place in this order."""
    if words := machines.nowhere(run, known):
        return f"{words} It waits until a machine has; or cancel it, and launch it with less."
    fitting = [machine for machine in known if machines.fits(run, machine)]
    before = order[: order.index(run)] if run in order else []
    ahead = [one for one in before if any(machines.fits(one, machine) for machine in fitting)]
    place = come_before(len(ahead))
    if not run.gpus_wanted or not fitting:
        return place
    free = max(len(machines.free_for(run, machine, held)) for machine in fitting)
    if free >= run.gpus_wanted:
        first = next((one for one in ahead if machines.keeps_for(one, known, held) in fitting), None)
        if first:
            return f"The GPUs that are free are kept for {named(first)}, which has waited for more than an hour."
        return place
    others = {one.pk: one for one in held.values()}.values()
    by = ", ".join(named(one) for one in list(others)[:NAMED])
    more = f" and {counted(len(others) - NAMED, 'other')}" if len(others) > NAMED else ""
    says = f"It waits for {counted(run.gpus_wanted, 'GPU')} on one machine. Free: {free}. At work: {by}{more}."
    return f"{says} {place}".strip()


def come_before(many: int) -> str:
    return f"{counted(many, 'run')} {'comes' if many == 1 else 'come'} before it in the queue." if many else ""


def gpus_of(worker: Worker, held: Mapping[str, Run]) -> list[dict[str, Any]]:
    """Its GPUs, each with how busy it is, the run that has it, in words (empty where it is free), and since when."""
    return [gpu_of(gpu, worker.details.get("usage", {}).get(gpu["uuid"], {}), held) for gpu in worker.gpus]


def gpu_of(gpu: dict[str, Any], usage: Mapping[str, Any], held: Mapping[str, Run]) -> dict[str, Any]:
    run = held.get(gpu["uuid"])
    at_work = {"held_by": named(run) if run else "", "held_since": run.working_since if run else None}
    return {**gpu, "utilization": usage.get("utilization"), "used_mib": usage.get("used_mib"), **at_work}


def for_people(run: Run) -> str:
    return f"It waits for people: {run.total - run.done:,} of {counted(run.total, 'judgment')} are left."


def named(run: Run) -> str:
    """Of a project where nobody is at work here it has no name."""
    return f"“{run.name}” (run {run.pk})" if is_here(run) else "a run of another project"


def is_here(run: Run) -> bool:
    place = places()
    return place == EVERYWHERE or run.project_id in (place if isinstance(place, tuple) else (place,))
