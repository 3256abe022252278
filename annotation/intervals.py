"""How sure an estimate is: intervals for means and rates. Pure; knows nothing of judgments."""

from collections.abc import Iterable
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS_AT_ONCE = 2**20


class Sums(NamedTuple):
    """A ratio Σ top / Σ bottom over clusters (prompts, say), with the sums of products that its variance needs."""

    clusters: int
    top: float
    bottom: float
    top_top: float
    top_bottom: float
    bottom_bottom: float

    @classmethod
    def of(cls, clusters: Iterable[tuple[float, float]]) -> "Sums":
        """Of each cluster (top, bottom), the bottom above 0."""
        products = [(top, n, top * top, top * n, n * n) for top, n in clusters]
        totals = [float(sum(column)) for column in zip(*products, strict=True)]
        return cls(len(products), *totals) if products else cls(0, 0, 0, 0, 0, 0)


class Interval(NamedTuple):
    """An estimate between two bounds, and the number of observations beneath it."""

    estimate: float
    low: float
    high: float
    n: int


def wilson(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """The score interval of a rate (Wilson 1927): inside [0, 1] and not empty at 0 or n successes.

    A half success (a tie) may be counted: its variance is below that of a coin, so the interval is
    then wider than it need be, never narrower. With n = 0 nothing is known: [0, 1], estimate NaN.
    """
    if n == 0:
        return Interval(float("nan"), 0.0, 1.0, 0)
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}: give between 0 and n")
    rate = successes / n
    return Interval(rate, *score_bounds(rate, n, confidence), n)


def score_bounds(rate: float, n: float, confidence: float) -> tuple[float, float]:
    z2 = NormalDist().inv_cdf((1 + confidence) / 2) ** 2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = (z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) ** 0.5 / (1 + z2 / n)
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))


def clustered_rate(sums: Sums, confidence: float = 0.95) -> Interval:
    """Wilson's interval at the effective number of observations (Franco, Little, Louis & Slud 2019).

    Observations of one cluster are not independent: the linearised variance of the ratio says how many independent
    ones they are worth, at most all of them; where it says nothing (a rate of 0 or 1, one cluster), as many as there
    are clusters. With one observation in each cluster this is `wilson`. `n` counts observations.
    """
    if not sums.bottom:
        return wilson(0, 0)
    rate = sums.top / sums.bottom
    variance = linearised(sums, rate)
    known = 0 < rate < 1 and sums.clusters > 1
    effective = min(rate * (1 - rate) / variance, sums.bottom) if known and variance > 0 else float(sums.clusters)
    low, high = score_bounds(rate, effective, confidence)
    return Interval(rate, low, high, round(sums.bottom))


def clustered_difference(sums: Sums, confidence: float = 0.95) -> Interval:
    """The difference of two rates over the same observations; `top` counts +1, 0 or −1 for each of them.

    The adjusted Wald interval of Bonett & Price (2012) over clusters: one more observation in favour of either side,
    so that two that never differed are not taken for equal beyond doubt.
    """
    if not sums.bottom:
        return Interval(float("nan"), -1.0, 1.0, 0)
    more = Sums(
        sums.clusters + 2, sums.top, sums.bottom + 2, sums.top_top + 2, sums.top_bottom, sums.bottom_bottom + 2
    )
    middle, estimate = more.top / more.bottom, sums.top / sums.bottom
    half = NormalDist().inv_cdf((1 + confidence) / 2) * linearised(more, middle) ** 0.5
    low, high = max(-1.0, min(middle - half, estimate)), min(1.0, max(middle + half, estimate))
    return Interval(estimate, low, high, round(sums.bottom))


def linearised(sums: Sums, ratio: float) -> float:
    """The variance of Σ top / Σ bottom by Taylor's first term: Σ (top − ratio · bottom)² / (Σ bottom)²."""
    squares = sums.top_top - 2 * ratio * sums.top_bottom + ratio**2 * sums.bottom_bottom
    return max(0.0, squares) / sums.bottom**2


def standard_error(values: Floats) -> float:
    """sd(ddof=1) / √n; 0 where fewer than two values can show no spread."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def normal(values: Floats, confidence: float = 0.95) -> Interval:
    """The mean ± z · standard error: for many observations on one scale."""
    mean = float(values.mean())
    half = NormalDist().inv_cdf((1 + confidence) / 2) * standard_error(values)
    return Interval(mean, mean - half, mean + half, len(values))


def resampled_means(rows: Floats, *, rounds: int = 1000, seed: int = 0) -> Floats:
    """Column means of `rounds` resamples with replacement: (n, k) gives (rounds, k).

    Rows that are equal are drawn together, which of verdicts leaves a handful. Resamples are drawn some at a time, so
    memory does not grow with rounds × n.
    """
    n = len(rows)
    distinct, times = np.unique(rows, axis=0, return_counts=True)
    generator = np.random.default_rng(seed)
    batch = max(1, DRAWS_AT_ONCE // len(distinct))
    sizes = [min(batch, rounds - start) for start in range(0, rounds, batch)]
    return np.concatenate([generator.multinomial(n, times / n, size=size) @ distinct / n for size in sizes])


def percentiles(resampled: Floats, confidence: float = 0.95) -> tuple[float, float]:
    """The bounds that hold the middle `confidence` of resampled figures (Efron 1979)."""
    tail = (1 - confidence) / 2
    low, high = np.nanquantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def bootstrap_mean(values: Floats, *, rounds: int = 1000, seed: int = 0) -> Interval:
    """The percentile interval of a mean of at least one value."""
    resampled = resampled_means(values[:, None], rounds=rounds, seed=seed)
    return Interval(float(values.mean()), *percentiles(resampled), len(values))


def bootstrap_ratio(rows: Floats, *, rounds: int = 1000, seed: int = 0) -> Interval:
    """The percentile interval of Σ first / Σ second column; a row is one independent unit."""
    top, bottom = rows.sum(axis=0)
    resampled = resampled_means(rows, rounds=rounds, seed=seed)
    bounds = percentiles(resampled[:, 0] / resampled[:, 1])
    return Interval(float(top / bottom), *bounds, len(rows))
