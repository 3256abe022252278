"""What stopped with a process that died goes on. Every worker looks after the runs of all, every 1.5 seconds."""

from collections.abc import Callable
from typing import Any

import kombu.exceptions
import redis
from celery.bootsteps import StartStopStep
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Case, Exists, OuterRef, When
from django.utils import timezone

from studio.database.bounds import bounded
from studio.monitoring import heartbeat
from studio.monitoring.heartbeat import WaitingRun
from studio.projects.scope import everywhere
from training.models import Run
from training.runs import launching
from training.runs.kinds import PEOPLE, Queue
from training.worker import leases, transitions

EVERY_SECONDS = 1.5
# The same loop beats: a look that waits for longer would make a worker that lives seem dead.
LOOK_SECONDS = 5

watch = leases.LeaseWatch()


@everywhere()
def look() -> None:
    """Start again what died with its worker, and send again the messages that went with a worker or the broker."""
    empty = empty_queues()
    bounded(
        lambda: send_again([*transitions.lose(watch.look()), *transitions.reap()], transitions.resend(empty)),
        LOOK_SECONDS,
    )
    bounded(tell_waiting, LOOK_SECONDS)


@everywhere()
@transaction.atomic
def take_over(worker: str) -> None:
    """A worker that starts takes up at once what one of its own name held, and died with."""
    send_again(transitions.lose(lease for lease in leases.orphaned() if lease.worker == worker))


def send_again(lost: list[int], unsent: list[int] | None = None) -> None:
    restarted = [run_id for run_id in lost if transitions.restart(run_id)]
    for run in Run.objects.filter(pk__in=[*restarted, *(unsent or [])]):
        launching.enqueue(run)


def tell_waiting() -> None:
    """The oldest run that waits for each queue, for health."""
    runs = Run.objects.exclude(kind=Run.Kind.RECIPE).exclude(queue=PEOPLE)
    at_work = Exists(runs.filter(state=Run.State.RUNNING, queue=OuterRef("queue")))
    since = Case(When(started_at=None, then="created_at"), default="queued_at")
    waiting = runs.filter(state=Run.State.QUEUED).annotate(since=since, at_work=at_work)
    oldest = waiting.order_by("queue", "since", "pk").distinct("queue")
    now, at = timezone.now(), heartbeat.redis_time()
    heartbeat.tell_waiting(
        {run.queue: WaitingRun(run.pk, at - (now - run.since).total_seconds(), run.at_work) for run in oldest}
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
