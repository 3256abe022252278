"""What this machine has left: disk, memory and the same time as others. Each in words, with what to do."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

GB = 10**9
MB = 10**6
# PostgreSQL writes its log in files of 16 MB, and stops altogether where it cannot.
FULL_BYTES, FULL_FILES = 64 * MB, 200
LOW_BYTES, LOW_FILES = 2 * GB, 5_000
LOW_SHARE = 0.05
LOW_MEMORY = 512 * MB
SKEW_SECONDS = 2.0
MEMORY = Path("/proc/meminfo")
# Of the container that we are in, if it has a limit.
LIMIT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Check:
    """One thing that can be up or down. `says` names what is down and what to do.

    Where it `stops`, the studio cannot do its work while it is down.
    """

    name: str
    ok: bool
    says: str
    stops: bool = False


def checks() -> list[Check]:
    return [*disks(), *memory()]


def folders() -> dict[str, Path]:
    """Where something is written. PostgreSQL's own lies here only where it is a child of the studio."""
    return {"the studio": settings.VAR, "runs": settings.RUNS_DIR, "PostgreSQL": settings.VAR / "postgres"}


def disks() -> Iterator[Check]:
    """One for each disk that holds some of it."""
    seen = dict[int, str]()
    for what, folder in folders().items():
        if folder.exists():
            seen.setdefault(folder.stat().st_dev, what)
    for what in seen.values():
        yield disk(what, folders()[what])


def disk(what: str, folder: Path) -> Check:
    found = os.statvfs(folder)
    left, size = found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize
    # A file system that makes inodes as it needs them says that it has none.
    files = found.f_favail if found.f_files else None
    where = f"The disk of {what} ({folder})"
    remedy = f"Delete folders of old runs in {settings.RUNS_DIR}, or give it a larger disk."
    if left < FULL_BYTES:
        return Check("disk", False, f"{where} is full: {amount(left)} left. Nothing can be saved. {remedy}", True)
    if files is not None and files < FULL_FILES:
        says = f"{where} takes no more files: {files:,} inodes left. Nothing can be saved. {remedy}"
        return Check("disk", False, says, True)
    if left < LOW_BYTES and left < LOW_SHARE * size:
        return Check("disk", False, f"{where} is almost full: {amount(left)} of {amount(size)} left. {remedy}")
    if files is not None and files < LOW_FILES:
        return Check("disk", False, f"{where} takes few more files: {files:,} inodes left. {remedy}")
    return Check("disk", True, f"{where} has {amount(left)} of {amount(size)} left.")


def memory() -> Iterator[Check]:
    """None where the system does not say."""
    sizes = [found for found in (of_machine(), of_container()) if found]
    if not sizes:
        return
    left, size = min(sizes)
    if left < LOW_MEMORY and left < LOW_SHARE * size:
        remedy = "Programs will be killed: stop a run, lower STUDIO_GPU_SLOTS or give the machine more memory."
        yield Check("memory", False, f"Memory is almost used up: {amount(left)} of {amount(size)} left. {remedy}")
    else:
        yield Check("memory", True, f"{amount(left)} of {amount(size)} of memory are left.")


def of_machine() -> tuple[int, int] | None:
    """Bytes left and bytes in all."""
    if not MEMORY.exists():
        return None
    words = [line.split() for line in MEMORY.read_text(encoding="ascii").splitlines()]
    sizes = {name.rstrip(":"): int(size) * 1024 for name, size, *_ in words}
    return sizes["MemAvailable"], sizes["MemTotal"]


def of_container() -> tuple[int, int] | None:
    """The same within its limit; what it keeps of files it gives back when it has to."""
    try:
        limit = (LIMIT / "memory.max").read_text(encoding="ascii").strip()
        used = int((LIMIT / "memory.current").read_text(encoding="ascii"))
        lines = (LIMIT / "memory.stat").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    if not limit.isdecimal():
        return None
    kept = next((int(line.split()[1]) for line in lines if line.startswith("inactive_file ")), 0)
    return int(limit) - used + kept, int(limit)


def clock(whose: str, skew: float) -> Check:
    """`skew` is by how many seconds that clock is ahead of ours."""
    if abs(skew) <= SKEW_SECONDS:
        return Check("clock", True, f"{whose} has our time.")
    direction = "ahead of" if skew > 0 else "behind"
    says = f"The clock of {whose} is {abs(skew):,.0f} s {direction} ours. Set both by a time server (NTP)."
    return Check("clock", False, says)


def amount(size: float) -> str:
    return f"{size / GB:,.1f} GB" if size >= GB else f"{size / MB:,.0f} MB"
