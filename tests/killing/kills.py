"""One kill: when and whom a seed says, how long until the studio goes on, and what came of the work."""

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg2
import redis
from django.conf import settings

from studio.database.retry import patiently
from studio.monitoring import heartbeat
from tests.bench.studio import Studio, answers, wait_until
from tests.killing.works import OfRun, Work
from tests.studio.embedded.conftest import PROCESSES, children_of, runs
from training.models import Run

# Below 0: while it is prepared, so many times STARTS_SECONDS after it began.
EARLIEST, LATEST = -0.3, 0.95
STARTS_SECONDS = 20.0


@dataclass(frozen=True)
class Killed:
    """`back` is when the process was there again and `recovered` when the work went on, in seconds after the kill."""

    kind: str
    victim: str
    seed: int
    share: float
    back: float
    recovered: float
    seconds: float
    twice: int
    twice_with_keys: int
    unheard: int
    faults: list[str]


def kill(studio: Studio, kind: str, work: Work, victim: str, seed: int) -> Killed:
    """Raises StudioFailed where the work comes to no end."""
    moment = random.Random(f"{kind} {victim} {seed}").uniform(EARLIEST, LATEST)
    wait_until(studio.is_well, "the studio is not well before the kill")
    began = time.monotonic()
    work.begin()
    await_moment(work, moment, began)
    wait_until(lambda: pid_of(studio, work, victim) or work.share() >= 1, f"no {victim} to kill", every=0.02)
    share, told = work.share(), heartbeat.redis_time()
    pid = pid_of(studio, work, victim)
    if pid:
        os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    wait_until(lambda: is_back(studio, work, victim, pid, told), f"{victim} did not come back", every=0.05)
    back = time.monotonic() - killed
    wait_until(lambda: answers(studio.port, "/health/ready") and work.moves(), "nothing goes on", every=0.05)
    recovered = time.monotonic() - killed
    work.finish()
    lasted = time.monotonic() - began
    faults = patiently(work.faults) + ([] if pid else [f"the work ended before {victim} could be killed"])
    paid = work.twice, work.twice_with_keys, work.unheard
    return Killed(kind, victim, seed, share, back, recovered, lasted, *paid, faults)


def await_moment(work: Work, moment: float, began: float) -> None:
    if isinstance(work, OfRun):
        wait_until(lambda: work.state() != Run.State.QUEUED, "nobody took the run", every=0.02)
    if moment < 0:
        time.sleep(-moment * STARTS_SECONDS * random.Random(moment).random())
    else:
        wait_until(lambda: work.share() >= moment, "it came to nothing before the kill", every=0.02)


def pid_of(studio: Studio, work: Work, victim: str) -> int:
    """0 where the program has ended, or not begun."""
    if victim == "program":
        assert isinstance(work, OfRun)
        lock = work.run.directory / "lock"
        pid = int(lock.read_text() or 0) if lock.exists() else 0
        return pid if pid and runs(pid) else 0
    return next((pid for pid, command in children_of(studio.pid).items() if PROCESSES[victim] in command), 0)


def is_back(studio: Studio, work: Work, victim: str, pid: int, told: float) -> bool:
    """It, or the one that came in its place, does what it is there for."""
    checks: dict[str, Callable[[], bool]] = {
        "web": lambda: answers(studio.port, "/health/live"),
        "postgres": connects,
        "valkey": lambda: bool(heartbeat.connection().ping()),
        "program": lambda: (
            isinstance(work, OfRun) and (work.state() not in Run.OPEN or pid_of(studio, work, victim) != pid)
        ),
    }
    try:
        if victim in checks:
            return checks[victim]()
        name = "the scheduler" if victim == "beat" else victim.removeprefix("worker-") + "@"
        said = heartbeat.heard([]).said.items()
        return any(known.startswith(name) and one.at > told for known, one in said)
    except redis.RedisError:
        return False


def connects() -> bool:
    found = settings.DATABASES["default"]
    try:
        psycopg2.connect(host=found["HOST"], user=found["USER"], dbname=found["NAME"]).close()
    except psycopg2.OperationalError:
        return False
    return True
