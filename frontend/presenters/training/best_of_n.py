"""The best-of-n curve of a run that kept the best: what choosing among n responses gains in reward."""

from dataclasses import dataclass
from typing import Any

from annotation.statistics.intervals import within


@dataclass(frozen=True)
class Point:
    """The mean best score among `n` responses over `prompts`, and its 95 % interval."""

    n: int
    score: float
    low: float | None
    high: float | None
    prompts: int


@dataclass(frozen=True)
class Curve:
    """`lowest` and `highest` are the ends of the axis that all points share."""

    points: list[Point]
    lowest: float
    highest: float

    @property
    def scores(self) -> list[float]:
        return [point.score for point in self.points]


def curve(result: dict[str, Any]) -> Curve | None:
    """Out of a run's result; None where it has none, or one point only."""
    points = [point(**row) for row in result.get("figures", {}).get("best_of_n", [])]
    if len(points) < 2:
        return None
    ends = [end for one in points for end in (one.score, one.low, one.high) if end is not None]
    return Curve(points, min(ends), max(ends))


def point(n: int, score: float, prompts: int, error: float | None = None) -> Point:
    """By Student's quantile over prompts."""
    reach = None if error is None else within(0.95, prompts - 1) * error
    return Point(n, score, None if reach is None else score - reach, None if reach is None else score + reach, prompts)
