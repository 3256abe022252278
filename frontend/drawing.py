"""Where things lie in small server-drawn pictures. Pure geometry; lengths are per cent of the picture's width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

BINS = 90
DOT = 7.0


def place(value: float, lowest: float, highest: float) -> float:
    """Where `value` lies on an axis from `lowest` to `highest`, kept inside, in per cent."""
    if highest <= lowest:
        return 50.0
    return round(min(max((value - lowest) / (highest - lowest), 0.0), 1.0) * 100, 3)


def shares(parts: Iterable[tuple[str, float]]) -> list[dict[str, Any]]:
    """Parts of a whole laid end to end: `[{name, start, width, value}]`."""
    kept = [(name, value) for name, value in parts if value > 0]
    whole = sum(value for _, value in kept)
    laid, start = [], 0.0
    for name, value in kept:
        width = value / whole * 100
        laid.append({"name": name, "start": round(start, 3), "width": round(width, 3), "value": value})
        start += width
    return laid


@dataclass(frozen=True)
class Dot:
    """One value of a strip plot: `x` in per cent, `y` in pixels from the top."""

    x: float
    y: float
    value: float
    href: str
    title: str
    is_best: bool


def strip(points: Sequence[dict[str, Any]], height: float = 44.0) -> list[Dot]:
    """Points `{value, href?, title?}` on one axis, stacked around the middle where they would overlap."""
    values = [point["value"] for point in points]
    lowest, highest = min(values, default=0.0), max(values, default=1.0)
    taken: dict[int, int] = {}
    dots = []
    for point in sorted(points, key=lambda point: point["value"]):
        # Kept off the very edge, so that half a dot is never cut.
        x = round(1 + place(point["value"], lowest, highest) * 0.98, 3)
        bin_ = round(x / 100 * BINS)
        taken[bin_] = taken.get(bin_, 0) + 1
        y = height / 2 + offset(taken[bin_], height)
        dots.append(
            Dot(x, y, point["value"], point.get("href", ""), point.get("title", ""), point["value"] == highest)
        )
    return dots


def offset(rank: int, height: float) -> float:
    """0, −1, +1, −2, +2 … dots from the middle, never outside the picture."""
    steps = rank // 2 * (-1 if rank % 2 == 0 else 1)
    limit = (height - DOT) / 2
    return max(-limit, min(limit, steps * DOT))


def spark(values: Sequence[float], width: float = 80.0, height: float = 20.0) -> str:
    """An SVG path through `values`, left to right, in pixels."""
    if len(values) < 2:
        return ""
    lowest, highest = min(values), max(values)
    step = width / (len(values) - 1)
    heights = (height - 2 - place(value, lowest, highest) / 100 * (height - 4) for value in values)
    return "M" + "L".join(f"{number * step:.1f} {y:.1f}" for number, y in enumerate(heights))
