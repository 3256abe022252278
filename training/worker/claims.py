"""A queued run becomes a worker's, with GPUs of its own: as many as it asks for, or it goes on waiting.

A worker takes the first in the order of its queue that fits its machine and that finds its GPUs free.

Who holds a GPU is what running runs have in `gpu_uuids`. So it is free when the claim ends, however that ends. Claims
for GPUs take turns: of two that see the same one free, the second sees it taken.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

from django.conf import settings
from django.db import transaction

from studio import gpus
from studio.database.turns import take
from studio.projects.scope import everywhere
from training.models import Run
from training.runs import machines, queue_order, waiting
from training.runs.failures import RunStopped
from training.runs.kinds import Queue
from training.runs.machines import Machine
from training.worker import packages, survivors, transitions
from training.worker.program import Asker
from training.worker.transitions import Claim

TURN = "training.gpus"
LOOK_SECONDS = 0.5


@everywhere()
@transaction.atomic
def claim(run_id: int, worker: str) -> Claim | None:
    """queued → running, of the run whose turn it is here. None where nothing that waits can begin.

    The message of a run says that something waits in its queue. Which run begins is what the order of the queue says,
    not that of the messages.
    """
    queue = Run.objects.values_list("queue", flat=True).get(pk=run_id)
    if queue == Queue.GPU:
        if gpus.for_runs():
            survivors.end_abandoned(settings.RUNS_DIR)
        take(TURN)
    taken = (transitions.claim(run.pk, worker, uuids) for run, uuids in startable(queue, worker))
    return next(filter(None, taken), None)


@everywhere()
def next_in(queue: str, worker: str) -> Run | None:
    """Whose turn it is here."""
    return next((run for run, _ in startable(queue, worker)), None)


def startable(queue: str, worker: str) -> Iterator[tuple[Run, list[str]]]:
    """The runs that can begin here, as their turn comes, each with the GPUs that it would have."""
    order = queue_order.in_order(queue)
    if queue != Queue.GPU:
        yield from ((run, []) for run in order)
        return
    has = {"versions": packages.installed(), "conflicts": packages.announced()}
    here = Machine(worker, tuple(gpus.for_runs()), settings.GPU_SLOTS, details=has)
    held, others = set(waiting.holders()), [one for one in machines.alive() if one.name != worker]
    busy = {gpu.uuid for gpu in here.gpus if not gpus.is_free(settings.GPU_LOCKS_DIR, gpu.uuid)}
    is_kept = False
    for run in order:
        if not machines.fits(run, here) or (run.gpus_wanted and is_kept):
            continue
        free = machines.free_for(run, here, held | busy)
        if len(free) >= run.gpus_wanted:
            yield run, [gpu.uuid for gpu in free[: run.gpus_wanted]]
        else:
            is_kept = machines.keeps_for(run, [here, *others], held) is here


@contextmanager
def locked_gpus(run: Run, renewal: Asker) -> Iterator[list[IO[bytes]]]:
    """The locks of its GPUs, which its program inherits. Raises RunStopped while somebody still has one."""
    with ExitStack() as held:
        locks = []
        for uuid in run.gpu_uuids:
            while (lock := gpus.take(settings.GPU_LOCKS_DIR, uuid)) is None:
                if renewal.must_stop:
                    raise RunStopped
                time.sleep(LOOK_SECONDS)
            locks.append(held.enter_context(lock))
        yield locks
