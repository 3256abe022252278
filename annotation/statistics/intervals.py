"""How sure an estimate is: intervals for means and rates. Pure; knows nothing of judgments.

docs/intervals.md says for each kind of figure which interval it has, and how often that holds the truth.
"""

from collections.abc import Iterable
from math import inf, isfinite, pi, sqrt, tan
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
DRAWS_AT_ONCE = 2**20
# So many clusters, worth half of what they could be, stand beside those observed: none is beyond doubt.
PRIOR = 0.5


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

    @classmethod
    def of_values(cls, values: Iterable[float]) -> "Sums":
        """Of observations that are independent, such as outcomes of 0, ½ and 1, one for each prompt."""
        return cls.of((value, 1.0) for value in values)

    @classmethod
    def of_totals(cls, n: int, total: float, squares: float) -> "Sums":
        """Of n observations that are independent, from their sum and that of their squares."""
        return cls(n, total, n, squares, total, n)

    @classmethod
    def of_mean(cls, mean: float, error: float, n: int) -> "Sums":
        """Of n independent observations, from their mean and its standard error, sd(ddof=1) / √n."""
        squares = n * mean**2 + error**2 * n * (n - 1)
        return cls(n, n * mean, float(n), squares, n * mean, float(n))


class Interval(NamedTuple):
    """An estimate between two bounds, and the number of observations beneath it."""

    estimate: float
    low: float
    high: float
    n: int


def wilson(successes: float, n: int, confidence: float = 0.95) -> Interval:
    """The score interval of a rate (Wilson 1927): inside [0, 1] and not empty at 0 or n successes.

    For what succeeds or does not; `clustered_rate` takes halves. With n = 0 nothing is known: [0, 1], estimate NaN.
    """
    if n == 0:
        return Interval(float("nan"), 0.0, 1.0, 0)
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n}: give between 0 and n")
    rate = successes / n
    return Interval(rate, *score_bounds(rate, n, within(confidence)), n)


def score_bounds(rate: float, n: float, within: float) -> tuple[float, float]:
    """The rates of which the one observed in n lies `within` so many standard errors."""
    square = within**2
    centre = (rate + square / (2 * n)) / (1 + square / n)
    half = (square * (rate * (1 - rate) / n + square / (4 * n * n))) ** 0.5 / (1 + square / n)
    return max(0.0, min(rate, centre - half)), min(1.0, max(rate, centre + half))


def clustered_rate(sums: Sums, confidence: float = 0.95) -> Interval:
    """Wilson's interval at the effective number of observations (Franco, Little, Louis & Slud 2019).

    For a rate whose observations lie in [0, 1], in clusters that are independent. The linearised variance, relative to
    that of as many coins, is the design effect; ties lower it and what clusters share raises it. It is shrunk towards
    that of clusters which are all or nothing, so where it says nothing (a rate of 0 or 1, or nothing but ties) the
    interval is not empty. As far as it is estimated, Student's quantile stands for the normal one (Korn & Graubard
    1998). Of one success or failure in each cluster this is `wilson`. `n` counts observations.
    """
    if not sums.bottom:
        return wilson(0, 0)
    rate = min(max(sums.top / sums.bottom, 0.0), 1.0)
    most, coins = sums.bottom / sums.clusters, rate * (1 - rate) / sums.bottom
    found = linearised(sums, rate) / coins if coins > 0 else most
    effect = (sums.clusters * found + PRIOR * most) / (sums.clusters + PRIOR)
    estimated = max(0.0, 1 - effect / most)
    normal, students = within(confidence), within(confidence, max(1, sums.clusters - 1))
    low, high = score_bounds(rate, sums.bottom / effect, normal + (students - normal) * estimated)
    return Interval(rate, low, high, round(sums.bottom))


def mean_share(values: Iterable[float], confidence: float = 0.95) -> Interval:
    """The mean of independent values in [0, 1]; of a win rate the outcomes 0, ½ and 1."""
    return clustered_rate(Sums.of_values(values), confidence)


def clustered_difference(sums: Sums, confidence: float = 0.95) -> Interval:
    """The difference of two rates over the same observations; `top` adds up differences in [−1, 1].

    Halved and moved by ½ they are shares, and two that never differed are a tie throughout.
    """
    if not sums.bottom:
        return Interval(float("nan"), -1.0, 1.0, 0)
    clusters, top, n, squares, mixed, n_squares = sums
    halves = (squares + 2 * mixed + n_squares) / 4, (mixed + n_squares) / 2
    share = clustered_rate(Sums(clusters, (top + n) / 2, n, *halves, n_squares), confidence)
    estimate = top / n
    return Interval(estimate, min(2 * share.low - 1, estimate), max(2 * share.high - 1, estimate), share.n)


def clustered_mean(sums: Sums, confidence: float = 0.95) -> Interval | None:
    """Student's interval of a mean on any scale, its variance over clusters. `n` counts observations.

    None where nothing varies or there is one cluster: such values show no spread to judge the mean by.
    """
    if sums.clusters < 2:
        return None
    mean = sums.top / sums.bottom
    variance = linearised(sums, mean) * sums.clusters / (sums.clusters - 1)
    # What rounding leaves of no variance is none.
    if variance * sums.bottom**2 <= 1e-12 * sums.top_top:
        return None
    half = within(confidence, sums.clusters - 1) * variance**0.5
    return Interval(mean, mean - half, mean + half, round(sums.bottom))


def mean(values: Iterable[float], confidence: float = 0.95) -> Interval | None:
    """Student's interval (1908) of independent values: mean ± t · sd / √n."""
    return clustered_mean(Sums.of_values(values), confidence)


def within(confidence: float, degrees: float = inf) -> float:
    """How many standard errors hold `confidence`: of the normal distribution, or of Student's.

    Exact for one and two degrees of freedom, else Abramowitz & Stegun 26.7.5, good to a thousandth or so. By hand,
    because pages show intervals, and scipy would cost each process 27 MB.
    """
    p = (1 + confidence) / 2
    z = NormalDist().inv_cdf(p)
    if not isfinite(degrees):
        return z
    if degrees == 1:
        return tan(pi * (p - 0.5))
    if degrees == 2:
        return (2 * p - 1) * sqrt(2 / (4 * p * (1 - p)))
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / degrees**power for power, term in enumerate(terms, start=1))


def linearised(sums: Sums, ratio: float) -> float:
    """The variance of Σ top / Σ bottom by Taylor's first term: Σ (top − ratio · bottom)² / (Σ bottom)²."""
    squares = sums.top_top - 2 * ratio * sums.top_bottom + ratio**2 * sums.bottom_bottom
    return max(0.0, squares) / sums.bottom**2


def standard_error(values: Floats) -> float:
    """sd(ddof=1) / √n; 0 where fewer than two values can show no spread."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


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
