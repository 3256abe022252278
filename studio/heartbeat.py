"""Workers and beat say that they live: one key in Redis per queue, which fades when nobody renews it.

`python -m studio.heartbeat cpu` ends with 0 where somebody works on that queue: the probe of a container.
"""

import sys
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import redis
from celery.beat import Scheduler
from celery.bootsteps import StartStopStep
from django.conf import settings

EVERY = 5.0
FADES_AFTER = 20


@cache
def connection() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def key(name: str) -> str:
    return f"studio:alive:{name}"


def beat(names: Iterable[str]) -> None:
    """Say that `names` (queues, or "beat") are alive now. A lost connection is Celery's to report; we try again."""
    try:
        for name in names:
            connection().set(key(name), int(time.time()), ex=FADES_AFTER)
    except redis.ConnectionError:
        return


def alive(names: Iterable[str]) -> dict[str, bool]:
    """Who lives. Raises redis.RedisError where Redis does not answer."""
    wanted = list(names)
    return {name: value is not None for name, value in zip(wanted, connection().mget(map(key, wanted)), strict=True)}


class Heartbeat(StartStopStep):
    """Beats from the worker's own loop, so a loop that hangs is seen."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: Any) -> None:
        queues = list(parent.app.amqp.queues.consume_from)
        beat(queues)
        self.timer: Any = parent.timer.call_repeatedly(EVERY, beat, (queues,))

    def stop(self, parent: Any) -> None:
        self.timer.cancel()


class BeatingScheduler(Scheduler):
    """Celery's scheduler, kept in memory: every interval here is short, and no file is left to be cut in two."""

    def tick(self, *args: Any, **options: Any) -> float:
        beat(["beat"])
        wait: Callable[..., float] = super().tick
        return wait(*args, **options)


if __name__ == "__main__":
    sys.exit(not all(alive(sys.argv[1:]).values()))
