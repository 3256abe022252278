"""What an idle studio holds: the proportional share (PSS) of each process, so that shared pages count once."""

import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench.figures import Figure, Found, Skipped
from tests.bench.studio import Studio, wait_until

SETTLE_SECONDS = 10.0
# Parts of a command line, and what the process is; the first that fits.
NAMES = {
    "uvicorn": "web",
    "-Q cpu": "worker cpu",
    "-Q judge": "worker judge",
    "-Q gpu": "worker gpu",
    "studio beat": "beat",
    "training.jobs.serve": "model server",
    "postgres": "PostgreSQL",
    "valkey": "Valkey",
}
OURS = ("web", "worker cpu", "worker judge", "worker gpu", "beat")


def measure(studio: Studio) -> Iterator[Found]:
    if not Path("/proc/self/smaps_rollup").exists():
        yield Skipped("idle memory", "only Linux tells it")
        return
    wait_until(studio.is_well, "a worker did not come up")
    time.sleep(SETTLE_SECONDS)
    held = shares(studio.pid)
    ours = {name: held[name] for name in OURS if name in held}
    yield Figure("idle memory of web, workers and beat", sum(ours.values()), "MB", 600, detail=listed(ours))
    others = {name: size for name, size in held.items() if name not in ours}
    yield Figure("idle memory of all else", sum(others.values()), "MB", detail=listed(others))


def listed(sizes: dict[str, float]) -> str:
    return ", ".join(f"{name} {size:.0f}" for name, size in sizes.items())


def shares(supervisor: int) -> dict[str, float]:
    """Megabytes (10⁶ bytes) of each program under the supervisor, with all that it started."""
    held = {"supervisor": proportional(supervisor)}
    for child in children(supervisor):
        words = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        name = next((name for part, name in NAMES.items() if part in words), words[:40])
        held[name] = held.get(name, 0.0) + sum(map(proportional, family(child)))
    return held


def family(pid: int) -> list[int]:
    return [pid, *(member for child in children(pid) for member in family(child))]


def children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def proportional(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return kilobytes * 1024 / 1e6
