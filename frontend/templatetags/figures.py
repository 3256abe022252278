"""Tags for numbers and small pictures of them. An estimate never stands without its n and its interval."""

import math
import statistics
from collections.abc import Sequence
from typing import Any

from django import template

from frontend.kit import drawing

register = template.Library()


@register.filter
def digits(points: Sequence[Any]) -> int:
    """So many behind the point that rows of values with `low` and `high` differ: at least 3."""
    ends = [end for point in points for end in (point.score, point.low, point.high) if end is not None]
    apart = max(ends) - min(ends)
    return max(3, 2 - math.floor(math.log10(apart))) if apart else 3


@register.inclusion_tag("components/figure.html")
def figure(
    value: float | str | None,
    low: float | str | None = None,
    high: float | str | None = None,
    n: int | None = None,
    how: str = "",
    unit: str = "%",
    digits: int = 1,
    size: str = "",
) -> dict[str, Any]:
    """`63.2 % 61.6–64.8 (805)`. Shares are in [0, 1]; with `unit=""` the value is written as it is.

    `low` and `high` are the ends of the 95 % interval; `how` says on hover how it was computed.
    """
    scale = 100 if unit == "%" else 1
    # A published row lacks some figures, and a template gives an empty text for what is missing.
    point, lowest, highest = (None if isinstance(number, str) else number for number in (value, low, high))
    ends = [] if lowest is None or highest is None else [written(end * scale, digits) for end in (lowest, highest)]
    return {
        "value": None if point is None else written(point * scale, digits),
        "bounds": (" to " if lowest is not None and lowest < 0 else "–").join(ends),
        "between": f"95 % interval {ends[0]} to {ends[1]}." if ends else "",
        "n": n,
        "how": how,
        "unit": unit,
        "size": size,
    }


def written(number: float, digits: int) -> str:
    """With a true minus, and none before a number that rounds to 0."""
    words = f"{number:.{digits}f}"
    return words.replace("-", "−") if words.strip("-0.") else words.removeprefix("-")


@register.inclusion_tag("components/interval.html")
def interval(
    value: float | None,
    low: float | None = None,
    high: float | None = None,
    lowest: float = 0.0,
    highest: float = 1.0,
    middle: float | None = 0.5,
    kind: str = "",
) -> dict[str, Any]:
    """A point and its interval on an axis from `lowest` to `highest`; `kind` is a class: control, a, b, wide."""
    if value is None:
        return {"kind": kind}
    start, end = (drawing.place(value if end is None else end, lowest, highest) for end in (low, high))
    return {
        "kind": kind,
        "point": drawing.place(value, lowest, highest),
        "start": start,
        "width": round(end - start, 3),
        "middle": None if middle is None else drawing.place(middle, lowest, highest),
        "words": f"{value:.3g}" if low is None else f"{value:.3g}, from {low:.3g} to {high:.3g}",
    }


@register.inclusion_tag("components/strip.html")
def strip(points: Sequence[dict[str, Any]], label: str = "Scores", digits: int = 2) -> dict[str, Any]:
    """A strip plot of `[{value, href, title}]`: one dot each, the best one marked."""
    values = [point["value"] for point in points]
    if not values:
        return {"dots": [], "label": label}
    lowest, highest, median = min(values), max(values), statistics.median(values)
    return {
        "dots": drawing.strip(points),
        "label": label,
        "lowest": f"{lowest:.{digits}f}",
        "highest": f"{highest:.{digits}f}",
        "median": drawing.place(median, lowest, highest),
        "median_words": f"{median:.{digits}f}",
    }


@register.inclusion_tag("components/share.html")
def share(a: float = 0, tie: float = 0, b: float = 0, failed: float = 0) -> dict[str, Any]:
    """Wins of A, ties, wins of B and failures as one bar."""
    return {"parts": drawing.shares([("a", a), ("tie", tie), ("b", b), ("failed", failed)])}


@register.inclusion_tag("components/ring.html")
def ring(done: float, size: str = "", label: str = "") -> dict[str, Any]:
    """A ring filled to `done`, a share in [0, 1]."""
    return {"percent": drawing.place(done, 0, 1), "size": size, "label": label or f"{done:.0%} done"}


@register.inclusion_tag("components/spark.html")
def spark(values: Sequence[float], label: str = "") -> dict[str, Any]:
    """A line of 80 × 20 px through `values`."""
    return {"path": drawing.spark(values), "label": label}


@register.inclusion_tag("components/radar.html")
def radar(
    names: Sequence[str], series: Sequence[tuple[str, Sequence[float | None]]], highest: float = 10.0, label: str = ""
) -> dict[str, Any]:
    """Several models over the same axes: `series` of `(name, values)`, drawn in the colours of curves."""
    return {"radar": drawing.radar(names, series, highest), "label": label}


@register.inclusion_tag("components/calibration.html")
def calibration(bins: Sequence[Any]) -> dict[str, Any]:
    """How sure a model is against the verdicts that agree, of each `training.runs.figures.CalibrationBin`."""
    points = [
        (
            one.predicted,
            one.voted.estimate,
            one.voted.low,
            one.voted.high,
            f"{one.voted.n:,} pairs: predicted {one.predicted:.1%}, agreed with {one.voted.estimate:.1%}",
        )
        for one in bins
    ]
    side = 240.0
    drawn = drawing.square(points, 0.5, 1.0, side)
    return {"points": drawn, "line": " ".join(f"{point.x},{point.y}" for point in drawn), "side": side}
