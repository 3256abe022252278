"""Workers say where they run and what they have, for the page that shows them."""

import os
import platform
from dataclasses import asdict
from functools import cache
from importlib.util import find_spec
from typing import Any

from celery.bootsteps import StartStopStep
from celery.signals import worker_shutting_down
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from studio import gpus
from training.models import Worker
from training.models.workers import SILENT_AFTER
from training.runs.kinds import Kind, Queue
from training.worker import packages
from training.worker.gpu_usage import GpuUsage
from training.worker.renewal import shutting_down

EVERY_SECONDS = 10.0
ON_CPU = {"gpus": 0, "precision": "fp32", "gradient_checkpointing": False}
PROGRAMS_NEED = ("torch", "transformers", "trl")


@cache
def machine() -> dict[str, Any]:
    """What the worker's machine has; asked once."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "host": platform.node(),
        "pid": os.getpid(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30, 1),
        "gpus": [asdict(gpu) for gpu in gpus.for_runs()],
        "slots": settings.GPU_SLOTS,
        "versions": packages.installed(),
        "conflicts": packages.announced(),
        "python": platform.python_version(),
        "missing": [name for name in PROGRAMS_NEED if find_spec(name) is None],
    }


def announce(name: str, queue: str, usage: GpuUsage | None = None) -> None:
    """A lost connection is not the end of a worker: it says so again a little later."""
    # Others of the machine give no GPUs to anything.
    gives_gpus = Queue.GPU in queue.split(",")
    details = machine() | {"usage": usage.seen if usage else {}} | ({} if gives_gpus else {"gpus": []})
    seen = {"queue": queue, "details": details, "last_seen_at": timezone.now()}
    try:
        Worker.objects.update_or_create(name=name, defaults=seen)
    except (OperationalError, InterfaceError):
        connection.close()


def suggested(kind: Kind) -> dict[str, Any]:
    """Settings to begin with, where no worker that is alive has a GPU."""
    alive = Worker.objects.filter(last_seen_at__gt=timezone.now() - SILENT_AFTER)
    if any(worker.gpus for worker in alive):
        return {}
    return {name: value for name, value in ON_CPU.items() if name in kind.settings.__struct_fields__}


class Presence(StartStopStep):
    """Announces the worker from its own loop."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: Any) -> None:
        queues = sorted(parent.app.amqp.queues.consume_from)
        self.usage = GpuUsage() if Queue.GPU in queues else None
        if self.usage and gpus.for_runs():
            self.usage.start()
        about = (parent.hostname, ",".join(queues), self.usage)
        announce(*about)
        self.timer: Any = parent.timer.call_repeatedly(EVERY_SECONDS, announce, about)

    def stop(self, parent: Any) -> None:
        self.timer.cancel()
        if self.usage:
            self.usage.end()


@worker_shutting_down.connect
def stop_runs(**_: object) -> None:
    """Runs stop with a checkpoint and wait in the queue again, rather than hold the shutdown up."""
    shutting_down.set()
