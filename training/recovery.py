"""What stopped with a process that died goes on. Every worker looks after the runs of all, every other second."""

from collections.abc import Callable
from typing import Any

import kombu.exceptions
import redis
from celery.bootsteps import StartStopStep
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Case, Count, Min, Q, When
from django.utils import timezone

from studio import heartbeat
from studio.heartbeat import Waits
from training import claiming, launching, leases
from training.kinds import Queue
from training.models import Run

EVERY_SECONDS = 1.5

watch = leases.Watch()


def look() -> None:
    """Start again what died with its worker, and send again the messages that went with a worker or the broker."""
    lost = [*claiming.lose(watch.look()), *claiming.reap()]
    go_on(lost, claiming.resend(empty_queues()))
    tell_waiting()


def take_over(worker: str) -> None:
    """A worker that starts takes up at once what one of its own name held, and died with."""
    go_on(claiming.lose(lease for lease in leases.orphaned() if lease.worker == worker))


def go_on(lost: list[int], unsent: list[int] | None = None) -> None:
    restarted = [run_id for run_id in lost if claiming.restart(run_id)]
    for run in Run.objects.filter(pk__in=[*restarted, *(unsent or [])]):
        launching.enqueue(run)


def tell_waiting() -> None:
    """The oldest run that waits for each queue, for health."""
    open_now = Run.objects.filter(state__in=Run.OPEN).exclude(kind=Run.Kind.RECIPE)
    waits = Q(state=Run.State.QUEUED)
    since = Case(When(started_at=None, then="created_at"), default="queued_at")
    counted = {"oldest": Min("pk", filter=waits), "asked": Min(since, filter=waits), "n": Count("pk", filter=~waits)}
    rows = open_now.values_list("queue").annotate(**counted)
    now, at = timezone.now(), heartbeat.redis_time()
    heartbeat.tell_waiting(
        {queue: Waits(run, at - (now - asked).total_seconds(), bool(n)) for queue, run, asked, n in rows if run}
    )


def empty_queues() -> list[str]:
    try:
        return [queue for queue in Queue if not heartbeat.connection().llen(queue)]
    except redis.RedisError:
        return []


def unless_away(act: Callable[..., None], *words: str) -> None:
    """PostgreSQL or the broker may be away: what is not done now is done the next time."""
    try:
        act(*words)
    except (OperationalError, InterfaceError):
        connection.close()
    except (kombu.exceptions.OperationalError, redis.RedisError):
        return


class Recovery(StartStopStep):
    """Looks from the worker's own loop: it needs no other process, no message and no free thread."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: Any) -> None:
        unless_away(take_over, parent.hostname)
        self.timer: Any = parent.timer.call_repeatedly(EVERY_SECONDS, unless_away, (look,))

    def stop(self, parent: Any) -> None:
        self.timer.cancel()
