"""A program as the child of a worker: started without our secrets, stopped when asked, its end put into words."""

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings

from studio.die_with_parent import leashed
from training.worker.transitions import ClaimStatus

TICK_SECONDS = 0.5
# After SIGTERM, before SIGKILL.
LAST_SECONDS = 10.0
LAST_LINES = 15
LAST_BYTES = 8192
OUT_OF_MEMORY = "Most often the system does that when memory runs out. It is tried three times in all."

# What a program may know of our environment. DATABASE_URL, the secret key and the judges' key are not of it.
PASSED = {"HOME", "LANG", "LANGUAGE", "LD_LIBRARY_PATH", "LOGNAME", "PATH", "PYTHONPATH", "TMPDIR", "TZ", "USER"}
PASSED |= {"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"}
PASSED_PREFIXES = (
    "SSL_",
    "VIRTUAL_ENV",
    "LC_",
    "XDG_",
    "CUDA",
    "NVIDIA_",
    "NCCL_",
    "OMP_",
    "MKL_",
    "TORCH",
    "HF_",
    "TRANSFORMERS_",
    "VLLM_",
)


@dataclass(frozen=True)
class Ending:
    """How a program ended, and whether we had asked it to."""

    code: int
    asked: ClaimStatus
    last_lines: str

    @property
    def said(self) -> str:
        if self.code >= 0:
            return f"The program ended with code {self.code}. Its last lines:\n{self.last_lines}"
        name = signal.Signals(-self.code).name
        hint = f" {OUT_OF_MEMORY}" if self.code == -signal.SIGKILL else ""
        return f"The program was killed by {name}.{hint} Its last lines:\n{self.last_lines}"


def environment() -> dict[str, str]:
    """Ours without its secrets; each of the programs that run side by side gets its share of the cores."""
    ours = {name: value for name, value in os.environ.items() if name in PASSED or name.startswith(PASSED_PREFIXES)}
    threads = max(1, (os.cpu_count() or 1) // settings.GPU_SLOTS)
    return {"OMP_NUM_THREADS": str(threads), "PYTHONUNBUFFERED": "1", "TOKENIZERS_PARALLELISM": "false"} | ours


class Asker(Protocol):
    """Who says whether a program is to go on; in the worker a `Renewal`."""

    @property
    def standing(self) -> ClaimStatus: ...

    @property
    def must_stop(self) -> bool: ...


def follow(renewal: Asker, command: list[str], directory: Path, listen: Callable[[], None]) -> Ending:
    """Run `command` to its end, calling `listen` about twice a second and once after it."""
    (directory / "cancel").unlink(missing_ok=True)
    with alone_in(directory) as lock:
        process = start(command, directory, lock)
        stop = ProgramStop(process, directory)
        try:
            while not ended_within(process, TICK_SECONDS):
                listen()
                if renewal.must_stop:
                    stop.press(at_once=renewal.standing is ClaimStatus.GONE)
        finally:
            signal_group(process, signal.SIGKILL)
            process.wait()
    listen()
    return Ending(process.returncode, renewal.standing, last_lines(directory / "log.txt"))


def start(command: list[str], directory: Path, lock: IO[str]) -> "subprocess.Popen[bytes]":
    with (directory / "log.txt").open("ab") as log:
        process = subprocess.Popen(
            leashed(command, signal.SIGTERM),
            cwd=settings.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=environment(),
            start_new_session=True,
            # It holds the lock as long as any process of it lives, even after our own death.
            pass_fds=[lock.fileno()],
        )
    lock.truncate(0)
    lock.write(str(process.pid))
    lock.flush()
    return process


def alone_in(directory: Path) -> IO[str]:
    """The directory's lock. A program that outlived its worker still holds it, and is killed first."""
    lock = (directory / "lock").open("a+", encoding="ascii")
    if not locked(lock):
        lock.seek(0)
        survivor = lock.read()
        if survivor:
            kill_group(int(survivor), signal.SIGKILL)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def locked(lock: IO[str]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@dataclass
class ProgramStop:
    """First a file, so that the program stops with a checkpoint; after the grace SIGTERM, and at last SIGKILL."""

    process: "subprocess.Popen[bytes]"
    directory: Path
    asked_at: float | None = None

    def press(self, at_once: bool) -> None:
        now = time.monotonic()
        if self.asked_at is None:
            self.asked_at = now
            (self.directory / "cancel").touch()
        waited = now - self.asked_at
        if at_once or waited > settings.CANCEL_SECONDS + LAST_SECONDS:
            signal_group(self.process, signal.SIGKILL)
        elif waited > settings.CANCEL_SECONDS:
            signal_group(self.process, signal.SIGTERM)


def ended_within(process: "subprocess.Popen[bytes]", seconds: float) -> bool:
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return False
    return True


def signal_group(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    kill_group(process.pid, number)


def kill_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return


def last_lines(log: Path) -> str:
    with log.open("rb") as text:
        text.seek(max(0, log.stat().st_size - LAST_BYTES))
        lines = text.read().decode(errors="replace").strip().splitlines()
    return "\n".join(lines[-LAST_LINES:])
