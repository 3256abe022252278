"""A queued run becomes a worker's, with GPUs of its own: as many as it asks for, or it goes on waiting.

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
from training.runs import waiting
from training.runs.failures import RunStopped
from training.worker import survivors, transitions
from training.worker.program import Asker
from training.worker.transitions import Claim

TURN = "training.gpus"
LOOK_SECONDS = 0.5


@everywhere()
@transaction.atomic
def claim(run_id: int, worker: str) -> Claim | None:
    """queued → running. None where somebody else has it, or where it waits for GPUs."""
    run = Run.objects.get(pk=run_id)
    here = gpus.for_runs()
    if not run.gpus_wanted or (run.gpus_wanted > len(here) and not waiting.fits_somewhere(run)):
        # With more than there are anywhere it fails in words.
        return transitions.claim(run_id, worker)
    if run.gpus_wanted > len(here):
        return None
    survivors.end_abandoned(settings.RUNS_DIR)
    take(TURN)
    if waiting.before(run, len(here)) is not None:
        return None
    free = [gpu.uuid for gpu in here if gpu.uuid not in waiting.holders()]
    free = [uuid for uuid in free if gpus.is_free(settings.GPU_LOCKS_DIR, uuid)]
    return transitions.claim(run_id, worker, free[: run.gpus_wanted]) if len(free) >= run.gpus_wanted else None


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
