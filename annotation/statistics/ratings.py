"""Ratings of competitors from comparisons: Elo, Bradley-Terry, win fractions. Pure; no I/O.

Formulas and constants are those of Chatbot Arena (Chiang et al. 2024): base 10, scale 400, start
1000. An item's outcome is 1 where left won, ½ for a tie, 0 where right won.
"""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from annotation.statistics.bradley_terry import LOG_BASE, expit, fit, laplacian, sandwich
from annotation.statistics.comparisons import Comparison, WeightedComparisons, distinct
from annotation.statistics.intervals import Floats, within

SCALE, START = 400.0, 1000.0
# Of fewer comparisons a rating has no interval: its likelihood is then far from a parabola.
FEWEST = 20


class Rating(NamedTuple):
    """A rating on the Elo scale between two bounds; they are None where comparisons are too few to tell."""

    rating: float
    low: float | None
    high: float | None


def elo(comparisons: Iterable[tuple[str, str, float]], k: float = 4.0) -> dict[str, float]:
    """Online Elo in the order given: R += K (outcome − 1/(1 + 10^((R' − R)/400)))."""
    ratings: dict[str, float] = {}
    for left, right, outcome in comparisons:
        ours, theirs = ratings.get(left, START), ratings.get(right, START)
        gain = k * (outcome - 1 / (1 + 10 ** ((theirs - ours) / SCALE)))
        ratings[left], ratings[right] = ours + gain, theirs - gain
    return ratings


def bradley_terry(comparisons: Iterable[Comparison]) -> dict[str, float]:
    """Bradley-Terry strengths, which sum to 1: P(i beats j) = sᵢ/(sᵢ + sⱼ), a tie half a win."""
    weighted = distinct(comparisons)
    powers = 10 ** fit(weighted)
    return dict(zip(weighted.names, (powers / powers.sum()).tolist(), strict=True))


def ratings(comparisons: Iterable[Comparison]) -> dict[str, Rating]:
    """Bradley-Terry on the Elo scale with 95 % intervals over comparisons.

    Only differences mean anything: the mean of all ratings is 1000. See `groups` for when a rating
    is not determined by the data.
    """
    return rated(distinct(comparisons))


def rated(weighted: WeightedComparisons) -> dict[str, Rating]:
    """As `ratings`, of weighted rows: its cost does not grow with their weights."""
    powers = fit(weighted)
    powers = powers - powers.mean()
    half = within(0.95) * errors(weighted, powers)
    points, reach = START + SCALE * powers, SCALE * half
    return {
        name: Rating(point, point - far, point + far) if n >= FEWEST else Rating(point, None, None)
        for name, point, far, n in zip(
            weighted.names, points.tolist(), reach.tolist(), weighted.played.tolist(), strict=True
        )
    }


def errors(weighted: WeightedComparisons, powers: Floats) -> Floats:
    """Standard errors of powers whose mean is 0, one for each name, in the units of `fit`; robust to ties."""
    left, right = weighted.sides.T
    share = expit(LOG_BASE * (powers[left] - powers[right]))
    bread = np.linalg.pinv(LOG_BASE**2 * laplacian(weighted.weights * share * (1 - share), weighted))
    squares = LOG_BASE**2 * laplacian(weighted.weights * (weighted.outcomes - share) ** 2, weighted)
    return np.asarray(np.sqrt(np.diag(sandwich(bread, squares, weighted, len(weighted.names) - 1))))


def final_ranking(rated: dict[str, Rating]) -> dict[str, int]:
    """1 + how many others are surely better: their lower bound lies above one's upper bound. Only of the bounded."""
    lows = [other.low for other in rated.values() if other.low is not None]
    return {name: 1 + sum(low > own.high for low in lows) for name, own in rated.items() if own.high is not None}


def groups(comparisons: Iterable[Comparison]) -> list[list[str]]:
    """Competitors joined by wins in both directions; ratings across two groups are not determined.

    One group of all is the condition under which the likelihood has a finite maximum (Ford 1957).
    """
    return joined(distinct(comparisons))


def joined(weighted: WeightedComparisons) -> list[list[str]]:
    """As `groups`, of weighted rows."""
    left, right = weighted.sides.T
    winners = np.concatenate([left[weighted.outcomes > 0], right[weighted.outcomes < 1]])
    losers = np.concatenate([right[weighted.outcomes > 0], left[weighted.outcomes < 1]])
    size = len(weighted.names)
    # scipy only where it is called, as in `bradley_terry`.
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    graph = csr_array((np.ones(len(winners)), (winners, losers)), shape=(size, size))
    _, labels = connected_components(graph, directed=True, connection="strong")
    found: dict[int, list[str]] = {}
    for name, label in zip(weighted.names, labels.tolist(), strict=True):
        found.setdefault(label, []).append(name)
    return list(found.values())


def win_fractions(comparisons: Iterable[Comparison]) -> dict[str, dict[str, float]]:
    """The heat map: fractions[a][b] is the share that a took of its comparisons with b, ties half."""
    won: Counter[tuple[str, str]] = Counter()
    played: Counter[tuple[str, str]] = Counter()
    for left, right, outcome in comparisons:
        won[left, right] += outcome  # type: ignore[assignment]  # halves are counted too
        won[right, left] += 1 - outcome  # type: ignore[assignment]
        played.update([(left, right), (right, left)])
    table: dict[str, dict[str, float]] = {}
    for (name, rival), n in played.items():
        table.setdefault(name, {})[rival] = won[name, rival] / n
    return table


def average_win_rate(comparisons: Iterable[Comparison]) -> dict[str, float]:
    """The mean of a competitor's win fractions over the rivals that it met."""
    return {name: sum(rivals.values()) / len(rivals) for name, rivals in win_fractions(comparisons).items()}
