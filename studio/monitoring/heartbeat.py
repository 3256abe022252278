"""Workers and beat say that they live, and how: one key in Redis per queue, which fades when nobody renews it.

`python -m studio.monitoring.heartbeat cpu` ends with 0 where somebody works on that queue: the probe of a container.
"""

import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

import msgspec
import redis
from celery.beat import Scheduler
from celery.bootsteps import StartStopStep
from django.conf import settings

from studio.monitoring import machine, version

EVERY = 5.0
FADES_AFTER = 20
WORKERS = "studio:workers"
WAITING = "studio:waiting"


class WorkerReport(msgspec.Struct):
    """What a worker tells of itself, at Redis' own time. `skew` is by how many seconds its clock is ahead of that.

    A worker of another version may leave things out.
    """

    at: float = 0.0
    queues: list[str] = []
    host: str = ""
    code: str = ""
    skew: float = 0.0
    troubles: list[str] = []


class WaitingRun(msgspec.Struct):
    """The oldest run that waits for a queue: since when, by Redis' time, and whether others of it are at work."""

    run: int
    since: float
    at_work: bool


class KnownWorkers(NamedTuple):
    """All that is known of workers: who lives, what each said last, what waits; and how far Redis' clock is ahead."""

    alive: dict[str, bool]
    said: dict[str, WorkerReport]
    waiting: dict[str, WaitingRun]
    now: float
    skew: float


@cache
def connection() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def key(name: str) -> str:
    return f"studio:alive:{name}"


def beat(names: Iterable[str], worker: str = "") -> None:
    """Say that `names` (queues, or "beat") are alive now. That Redis is away, or full, is Celery's to report."""
    queues = list(names)
    try:
        for name in queues:
            connection().set(key(name), int(time.time()), ex=FADES_AFTER)
        if worker:
            now = redis_time()
            troubles = [check.says for check in machine.checks() if not check.ok]
            said = WorkerReport(now, queues, platform.node(), version.code(), time.time() - now, troubles)
            connection().hset(WORKERS, worker, msgspec.json.encode(said))
            connection().expire(WORKERS, FADES_AFTER)
    except redis.RedisError:
        return


def fall_silent(*workers: str) -> None:
    try:
        connection().hdel(WORKERS, *workers)
    except redis.RedisError:
        return


def tell_waiting(waiting: Mapping[str, WaitingRun]) -> None:
    connection().set(WAITING, msgspec.json.encode(waiting), ex=FADES_AFTER)


def redis_time() -> float:
    seconds, microseconds = connection().time()
    return seconds + microseconds / 1e6


def alive(names: Iterable[str]) -> dict[str, bool]:
    """Who lives. Raises redis.RedisError where Redis does not answer."""
    wanted = list(names)
    return {name: value is not None for name, value in zip(wanted, connection().mget(map(key, wanted)), strict=True)}


def heard(names: Iterable[str]) -> KnownWorkers:
    """Raises redis.RedisError where Redis does not answer."""
    living, now = alive(names), redis_time()
    told = connection().hgetall(WORKERS).items()
    said = {
        name.decode() if isinstance(name, bytes) else name: msgspec.json.decode(text, type=WorkerReport)
        for name, text in told
    }
    fresh = {name: one for name, one in said.items() if now - one.at < FADES_AFTER}
    if faded := said.keys() - fresh:
        # A worker that was killed says no more that it goes, and a container never comes back under its name.
        fall_silent(*faded)
    waiting = connection().get(WAITING)
    return KnownWorkers(
        living,
        fresh,
        msgspec.json.decode(waiting, type=dict[str, WaitingRun]) if waiting else {},
        now,
        now - time.time(),
    )


class Heartbeat(StartStopStep):
    """Beats from the worker's own loop, so a loop that hangs is seen."""

    requires = ("celery.worker.components:Timer",)

    def start(self, parent: Any) -> None:
        about = (list(parent.app.amqp.queues.consume_from), parent.hostname)
        beat(*about)
        self.timer: Any = parent.timer.call_repeatedly(EVERY, beat, about)

    def stop(self, parent: Any) -> None:
        self.timer.cancel()
        fall_silent(parent.hostname)


class BeatingScheduler(Scheduler):
    """Celery's scheduler, kept in memory: every interval here is short, and no file is left to be cut in two."""

    def tick(self, *args: Any, **options: Any) -> float:
        beat(["beat"], "the scheduler")
        wait: Callable[..., float] = super().tick
        return wait(*args, **options)


if __name__ == "__main__":
    sys.exit(not all(alive(sys.argv[1:]).values()))
