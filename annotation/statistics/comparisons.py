"""Comparisons of competitors as arrays. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation.statistics.intervals import Floats


class Comparison(NamedTuple):
    """One outcome between two competitors: the share that the left one won."""

    left: str
    right: str
    outcome: float


class WeightedComparisons(NamedTuple):
    """Comparisons as arrays: `sides` (n, 2) are places in `names`; a row counts `weights` times."""

    names: list[str]
    sides: NDArray[np.int64]
    outcomes: Floats
    weights: Floats

    @property
    def played(self) -> Floats:
        """How many comparisons each competitor was in."""
        return np.asarray(np.bincount(self.sides.ravel(), np.repeat(self.weights, 2), len(self.names)), dtype=float)


def weighted(comparisons: Sequence[Comparison], weights: Sequence[int] | None = None) -> WeightedComparisons:
    """Comparisons as arrays, one row each; ValueError for none."""
    if not comparisons:
        raise ValueError("no comparison: ratings need at least one")
    names = sorted({name for row in comparisons for name in (row.left, row.right)})
    place = {name: number for number, name in enumerate(names)}
    return WeightedComparisons(
        names,
        np.array([(place[row.left], place[row.right]) for row in comparisons]),
        np.array([row.outcome for row in comparisons], dtype=float),
        np.ones(len(comparisons)) if weights is None else np.array(weights, dtype=float),
    )


def distinct(comparisons: Iterable[Comparison]) -> WeightedComparisons:
    """Equal comparisons in one weighted row: a fit then costs no more for more comparisons."""
    counted = Counter(comparisons)
    return weighted(list(counted), list(counted.values()))
