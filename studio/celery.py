"""The task queue: `cpu` for short work, `judge` for calls to judges, `gpu` for runs.

The row in PostgreSQL is the truth, not the message. A message is acknowledged when it is taken, so that a long run is
never delivered twice; work whose worker died is found by the lease on its row.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import Any

from celery import Celery, Task
from celery.result import AsyncResult
from celery.signals import worker_init
from django.conf import settings
from django.db import transaction
from kombu import Queue

from studio.database.bounds import WORKERS
from studio.monitoring.heartbeat import BeatingScheduler, Heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

QUEUES = ("cpu", "judge", "gpu")


class CommittedTask(Task[Any, Any]):
    """A task that is sent when the transaction which asks for it is committed, and never if it is rolled back.

    Inside a transaction `delay` therefore gives nothing to wait for.
    """

    def apply_async(self, *args: Any, **options: Any) -> AsyncResult[Any] | None:  # type: ignore[override]
        send: Callable[[], AsyncResult[Any]] = partial(super().apply_async, *args, **options)
        if not transaction.get_connection().in_atomic_block:
            return send()
        transaction.on_commit(send)
        return None


def broker_url(redis_url: str) -> str:
    """Celery's way to write what redis-py and Django call `unix:///path/to.sock?db=1`."""
    if not redis_url.startswith("unix://"):
        return redis_url
    path, _, query = redis_url.removeprefix("unix://").partition("?")
    virtual_host = query.replace("db=", "?virtual_host=")
    return f"redis+socket://{path}{virtual_host}"


app = Celery("studio", task_cls=CommittedTask)
app.conf.update(
    broker_url=broker_url(settings.REDIS_URL),
    broker_connection_retry_on_startup=True,
    # An unacknowledged message is one that was fetched and not begun: an hour is far more than ten times that.
    broker_transport_options={
        "visibility_timeout": 3600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
    },
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_acks_late=False,
    task_queues=[Queue(name) for name in QUEUES],
    task_default_queue="cpu",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_send_task_events=False,
    timezone="UTC",
    beat_scheduler=BeatingScheduler,
    beat_max_loop_interval=5,
    beat_schedule=settings.BEAT_SCHEDULE,
)
app.steps["worker"].add(Heartbeat)
app.autodiscover_tasks()


@worker_init.connect
def bound(**_: Any) -> None:
    """No statement of a task holds up a worker for ever."""
    # What Celery imports before Django is set up cannot import it.
    from studio.database.base import DatabaseWrapper

    DatabaseWrapper.seconds = WORKERS
