"""What a page or a script asks of a run while it goes on: its curves since a step, its log from a byte on."""

from collections.abc import Sequence
from math import isfinite
from typing import TypedDict

from training.models import Metric, Run
from training.rundir import RunDir

LOG_BYTES = 64 * 1024


class Curve(TypedDict):
    """One metric as two columns of the same length, by rising step."""

    step: list[int]
    value: list[float | None]


class LogPart(TypedDict):
    """Part of a log: where it begins, its text, where to go on and how much was printed at all, in bytes."""

    offset: int
    text: str
    next: int
    size: int


def curves(run: Run, since: int = 0) -> dict[str, Curve]:
    """Each metric from step `since` on. Ask with the last step you have: metrics of one step come one by one.

    What is not finite (a loss that diverged) is null.
    """
    found: dict[str, Curve] = {}
    rows = Metric.objects.filter(run=run, step__gte=since).order_by("name", "step")
    for name, step, value in rows.values_list("name", "step", "value"):
        curve = found.setdefault(name, {"step": [], "value": []})
        curve["step"].append(step)
        curve["value"].append(value if isfinite(value) else None)
    return found


def latest(run: Run, names: Sequence[str]) -> dict[str, float]:
    """The last value of each of these metrics that was logged."""
    rows = Metric.objects.filter(run=run, name__in=names).order_by("name", "-step").distinct("name")
    return dict(rows.values_list("name", "value"))


def log_from(run: Run, offset: int | None = None) -> LogPart:
    """The log from a byte on, LOG_BYTES at most; without `offset` its end."""
    log = RunDir(run.directory).log
    size = log.size
    start = max(0, size - LOG_BYTES) if offset is None else min(offset, size)
    part, end = log.part(start, LOG_BYTES) if size else (b"", 0)
    return {"offset": start, "text": part.decode(errors="replace"), "next": end, "size": size}
