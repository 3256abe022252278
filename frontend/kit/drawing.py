"""Where things lie in small server-drawn pictures. Pure geometry; lengths are per cent of the picture's width."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
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
        # A line of no length with round ends is a point.
        return f"M{width / 2:.1f} {height / 2:.1f}h0" if values else ""
    lowest, highest = min(values), max(values)
    step = width / (len(values) - 1)
    heights = (height - 2 - place(value, lowest, highest) / 100 * (height - 4) for value in values)
    return "M" + "L".join(f"{number * step:.1f} {y:.1f}" for number, y in enumerate(heights))


@dataclass(frozen=True)
class CurvePoint:
    """A point of a square picture and its interval, in pixels from the top left; `words` says it."""

    x: float
    y: float
    top: float
    bottom: float
    words: str


def square(
    points: Iterable[tuple[float, float, float, float, str]], lowest: float, highest: float, side: float
) -> list[CurvePoint]:
    """Points `(x, y, low, high, words)`: x on an axis from `lowest` to `highest`, the others from 0 to 1."""

    def up(value: float) -> float:
        return round(side - place(value, 0, 1) / 100 * side, 2)

    return [
        CurvePoint(round(place(x, lowest, highest) / 100 * side, 2), up(y), up(high), up(low), words)
        for x, y, low, high, words in points
    ]


@dataclass(frozen=True)
class Spoke:
    """One axis of a radar: its end, and where its name stands and on which side of that it begins."""

    name: str
    x: float
    y: float
    name_x: float
    name_y: float
    anchor: str


@dataclass(frozen=True)
class Area:
    """One series of a radar: the corners of its polygon, `x,y` each; axes without a value are passed over."""

    number: int
    name: str
    corners: list[tuple[float, float, str]]

    @property
    def points(self) -> str:
        return " ".join(f"{x},{y}" for x, y, _ in self.corners)


@dataclass(frozen=True)
class Radar:
    """In pixels, around the origin. `rings` are polygons, each with the value that it stands for."""

    spokes: list[Spoke]
    rings: list[tuple[str, float]]
    areas: list[Area]


def radar(
    names: Sequence[str],
    series: Sequence[tuple[str, Sequence[float | None]]],
    highest: float,
    steps: int = 5,
    radius: float = 120.0,
) -> Radar:
    """Values from 0 in the middle to `highest` at the rim, one axis for each name, clockwise from the top."""

    def at(place: int, length: float) -> tuple[float, float]:
        angle = 2 * pi * place / len(names)
        return round(length * sin(angle), 1), round(-length * cos(angle), 1)

    spokes = []
    for number, name in enumerate(names):
        (x, y), (name_x, name_y) = at(number, radius), at(number, radius + 14)
        anchor = "middle" if abs(x) < 1 else "start" if x > 0 else "end"
        # Half a letter's height down, so that the name's middle is level with the spoke.
        spokes.append(Spoke(name, x, y, name_x, round(name_y + 4, 1), anchor))
    rings = []
    for step in range(1, steps + 1):
        corners = (at(number, radius * step / steps) for number in range(len(names)))
        rings.append((" ".join(f"{x},{y}" for x, y in corners), highest * step / steps))
    areas = []
    for number, (name, values) in enumerate(series, start=1):
        lengths = [None if value is None else place(value, 0, highest) / 100 * radius for value in values]
        corners_of = [
            (*at(axis, length), f"{name}, {names[axis]}: {values[axis]:.3g}")
            for axis, length in enumerate(lengths)
            if length is not None
        ]
        areas.append(Area(number, name, corners_of))
    return Radar(spokes, rings, areas)
