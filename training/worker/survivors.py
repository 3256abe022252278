"""What outlived its keeper or its worker, found by the run that its environment names.

A keeper (`studio.process_tree`) ends all of its tree; one that was killed itself cannot, so the next to come does.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from studio.process_tree import KEEPER, kill, living

# The variable by which every process of a program names its run's directory.
RUN = "XWIN_STUDIO_RUN"
# What SIGKILL does not end within this time hangs in a driver.
DIES_WITHIN_SECONDS = 30.0


@dataclass(frozen=True)
class Process:
    """A process of a program; `keeper` is 0 for the keeper itself."""

    pid: int
    directory: Path
    keeper: int


def processes() -> Iterator[Process]:
    """Those of all runs on this machine that we may look at."""
    for pid, _ in living():
        with suppress(OSError):
            told = Path("/proc", str(pid), "environ").read_bytes()
            if RUN.encode() in told:
                said = dict(line.partition("=")[::2] for line in told.decode(errors="replace").split("\0"))
                yield Process(pid, Path(said.get(RUN, "")), int(said.get(KEEPER) or 0))


def end(directory: Path) -> list[int]:
    """Every process of the run in this directory; those that even SIGKILL did not end."""
    until = time.monotonic() + DIES_WITHIN_SECONDS
    while left := [one.pid for one in processes() if one.directory == directory.resolve()]:
        if time.monotonic() > until:
            break
        kill(left)
        time.sleep(0.02)
    return left


def end_abandoned(runs: Path) -> None:
    """Those of all runs in this folder whose keeper is gone: nobody would end them, and they hold their GPUs."""
    known = list(processes())
    keepers = {one.pid for one in known if not one.keeper}
    abandoned = {one.directory for one in known if one.keeper and one.keeper not in keepers}
    for directory in abandoned:
        if directory.is_relative_to(runs.resolve()):
            kill([one.pid for one in known if one.directory == directory and one.keeper not in keepers])
