"""A program as the child of a worker: started without our secrets, stopped when asked, its end put into words."""

import fcntl
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings

from studio.die_with_parent import leashed
from studio.process_tree import descendants, kept, kill
from training.runs.failures import RunFailed, RunStopped
from training.worker import survivors
from training.worker.signs_of_life import SignsOfLife
from training.worker.transitions import ClaimStatus

TICK_SECONDS = 0.5
# After SIGTERM, before SIGKILL. A launcher of several processes waits 30 seconds for them.
LAST_SECONDS = 40.0
LAST_LINES = 15
LAST_BYTES = 8192
# A traceback of an engine in a process of its own, and after it those of all that waited for it.
PRINTED_BYTES = 64 * 1024
OUT_OF_MEMORY = "Most often the system does that when memory runs out. It is tried three times in all."


@dataclass(frozen=True)
class Ending:
    """How a program ended, and whether we had asked it to."""

    code: int
    asked: ClaimStatus
    last_lines: str
    # What it printed since this start, as far as the end of its log holds it.
    printed: str = ""
    # It was stopped since nothing of it moved for so many seconds; 0 where it was not.
    stalled: float = 0.0

    @property
    def said(self) -> str:
        if self.code >= 0:
            return f"The program ended with code {self.code}. Its last lines:\n{self.last_lines}"
        name = signal.Signals(-self.code).name
        hint = f" {OUT_OF_MEMORY}" if self.code == -signal.SIGKILL else ""
        return f"The program was killed by {name}.{hint} Its last lines:\n{self.last_lines}"


class Asker(Protocol):
    """Who says whether a program is to go on; in the worker a `Renewal`."""

    @property
    def standing(self) -> ClaimStatus: ...

    @property
    def must_stop(self) -> bool: ...


@dataclass(frozen=True)
class Program:
    """What to start for the run in `directory`. `gpus` are the locks of its GPUs, which it inherits."""

    command: list[str]
    directory: Path
    environment: Mapping[str, str]
    gpus: Sequence[IO[bytes]] = ()


def follow(renewal: Asker, program: Program, listen: Callable[[], None]) -> Ending:
    """Run it to its end, calling `listen` about twice a second and once after it.

    Nothing that it started is left then, in whatever session. Raises RunStopped, RunFailed.
    """
    directory, stalled, asked = program.directory, 0.0, False
    with alone_in(directory, renewal) as lock:
        (directory / "cancel").unlink(missing_ok=True)
        began = log_size(directory)
        process, signs = start(program, lock), SignsOfLife(directory)
        try:
            while not ended_within(process, TICK_SECONDS):
                listen()
                if not stalled and signs.are_missing_for(settings.STALL_SECONDS):
                    stalled = settings.STALL_SECONDS
                if renewal.standing is ClaimStatus.GONE:
                    kill(descendants(process.pid))
                elif (renewal.must_stop or stalled) and not asked:
                    asked = True
                    # First a file, so that it stops with a checkpoint; after the grace SIGTERM, and at last SIGKILL.
                    process.terminate()
        finally:
            end(process, directory)
    listen()
    log = directory / "log.txt"
    return Ending(process.returncode, renewal.standing, last_lines(log), printed_since(log, began), stalled)


def start(program: Program, lock: IO[str]) -> "subprocess.Popen[bytes]":
    """Its keeper, which stops it in order when we die."""
    tree = kept(program.command, program.directory / "cancel", settings.CANCEL_SECONDS, LAST_SECONDS)
    with (program.directory / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            leashed(tree, signal.SIGTERM),
            cwd=settings.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=program.environment,
            start_new_session=True,
            # The keeper holds the locks as long as any process of the program lives, even after our own death.
            pass_fds=[lock.fileno(), *(gpu.fileno() for gpu in program.gpus)],
        )
    lock.truncate(0)
    lock.write(str(process.pid))
    lock.flush()
    return process


def end(process: "subprocess.Popen[bytes]", directory: Path) -> None:
    """What is left of it; its keeper ends with the last. A keeper that was killed left the rest to us."""
    while process.poll() is None:
        kill(descendants(process.pid))
        ended_within(process, TICK_SECONDS)
    survivors.end(directory)


@contextmanager
def alone_in(directory: Path, renewal: Asker) -> Iterator[IO[str]]:
    """The directory's lock. What outlived an earlier worker of this run is killed first.

    On another machine that shares the directory it is waited for. Raises RunStopped, RunFailed.
    """
    with (directory / "lock").open("a+", encoding="ascii") as lock:
        while not locked(lock):
            survivors.end(directory)
            if renewal.must_stop:
                raise RunStopped
            time.sleep(TICK_SECONDS / 5)
        if left := survivors.end(directory):
            raise RunFailed(
                f"Processes of an earlier start do not end, even by SIGKILL: {', '.join(map(str, left))}. "
                "Most often they hang in a driver: restart the machine, then resume the run."
            )
        yield lock


def locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def ended_within(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def log_size(directory: Path) -> int:
    log = directory / "log.txt"
    return log.stat().st_size if log.exists() else 0


def printed_since(log: Path, began: int) -> str:
    """At most the last PRINTED_BYTES. A log that was cut meanwhile may be smaller than it was."""
    size = log.stat().st_size
    with log.open("rb") as text:
        text.seek(max(0, size - PRINTED_BYTES, began if began <= size else 0))
        return text.read().decode(errors="replace")


def last_lines(log: Path) -> str:
    with log.open("rb") as text:
        text.seek(max(0, log.stat().st_size - LAST_BYTES))
        lines = text.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-LAST_LINES:])
