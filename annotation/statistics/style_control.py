"""Style control: ratings with the effect of length and markdown taken out. Pure.

After Chatbot Arena ("Does style matter?", 2024): counts of a text's length, headers, list items and
bold spans enter the Bradley-Terry model as covariates.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation.statistics.bradley_terry import fit_surely, fitted
from annotation.statistics.comparisons import WeightedComparisons
from annotation.statistics.intervals import Floats, within
from annotation.statistics.ratings import FEWEST, SCALE, START, Rating
from annotation.statistics.style_features import Style

RIDGE = 0.5

Ints = NDArray[np.int64]


class Controlled(NamedTuple):
    """A rating for each name at equal style, and what a typical difference in each feature is worth (logits).

    All with 95 % intervals.
    """

    ratings: list[Rating]
    effects: dict[str, Rating]


def covariates(left: Sequence[Style] | Ints, right: Sequence[Style] | Ints) -> Floats:
    """(n, 4): (left − right) / (left + right + 1) per feature, in units of its root mean square.

    The arena takes z-scores. Its sides are random, so its means are near 0; ours need not be, and a
    mean taken away would hide in the ratings what one side owes to its style.
    """
    ours, theirs = np.array(left, dtype=float), np.array(right, dtype=float)
    relative = (ours - theirs) / (ours + theirs + 1)
    spread = np.sqrt((relative**2).mean(axis=0))
    return np.asarray(relative / np.where(spread > 0, spread, 1.0))


def controlled(weighted: WeightedComparisons, features: Floats, groups: Sequence[Sequence[int]]) -> Controlled:
    """Ratings on the Elo scale as if all texts were of one style; `features` are the `covariates` of each comparison.

    A group holds places of `weighted.names`, and its mean rating is 1000.
    """
    values, covariance = fit_surely(weighted, features, RIDGE)
    n = len(weighted.names)
    centring = np.eye(n)
    for group in groups:
        centring[np.ix_(group, group)] -= 1 / len(group)
    points = START + SCALE * centring @ values[:n]
    errors = SCALE * np.sqrt(np.diag(centring @ covariance[:n, :n] @ centring))
    reach = within(0.95, max(int(weighted.weights.sum()) - fitted(weighted, features), 1))
    effects = [
        around(value, reach * error) for value, error in zip(values[n:], np.sqrt(np.diag(covariance)[n:]), strict=True)
    ]
    return Controlled(
        [
            around(point, reach * error) if own >= FEWEST else Rating(float(point), None, None)
            for point, error, own in zip(points, errors, weighted.played, strict=True)
        ],
        dict(zip(Style._fields, effects, strict=True)),
    )


def around(value: float, half: float) -> Rating:
    return Rating(float(value), float(value - half), float(value + half))
