"""Is B better than A, and how sure? Pure: outcomes are 1 (B wins), ½ (tie), 0 (A wins)."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np

from annotation.statistics.intervals import (
    Floats,
    Interval,
    Sums,
    clustered_difference,
    mean,
    mean_share,
    resampled_means,
)

K = TypeVar("K")

# Constant bets on "B wins", a share of what may be lost on one outcome; their mean is the wager.
STAKES = np.linspace(0.05, 0.95, 19)
# How far two scores of 1 to 10 can lie apart.
POINTS = 9.0


class WinRate(NamedTuple):
    """Wins, losses and ties counted; `rate` counts a tie as half a win, within [low, high]."""

    wins: int
    losses: int
    ties: int
    rate: float
    low: float
    high: float

    @property
    def n(self) -> int:
        return self.wins + self.losses + self.ties


class Difference(NamedTuple):
    """The mean of B − A over shared prompts, and the share of its resamples above zero."""

    interval: Interval
    share_above_zero: float


class Evidence(NamedTuple):
    """Evidence that B is better: a bettor's wealth after n outcomes, and where it passed 1/α."""

    wealth: float
    peak: float
    n: int
    decided_at: int | None

    @property
    def p_value(self) -> float:
        """Valid at every moment of looking (Ville's inequality)."""
        return min(1.0, 1.0 / self.peak)


def win_rate(outcomes: Iterable[float], confidence: float = 0.95) -> WinRate:
    """The win rate with ties half and its interval; above ½ is a win, below ½ a loss."""
    values = list(outcomes)
    wins = sum(value > 0.5 for value in values)
    losses = sum(value < 0.5 for value in values)
    interval = mean_share(values, confidence)
    return WinRate(wins, losses, len(values) - wins - losses, interval.estimate, interval.low, interval.high)


def paired_difference(
    a: Mapping[K, float], b: Mapping[K, float], *, are_points: bool = False, rounds: int = 10_000, seed: int = 0
) -> Difference:
    """mean(b − a) over the prompts that both have, and how often it is above zero in a paired bootstrap (Koehn 2004).

    `a` and `b` map a prompt to its mean figure, so prompts, not samples, are the units: a share in [0, 1], or points
    of 1 to 10. Raises ValueError where the two share no prompt.
    """
    shared = [prompt for prompt in a if prompt in b]
    if not shared:
        raise ValueError("the two share no prompt: compare figures of one prompt set")
    gains = np.array([b[prompt] - a[prompt] for prompt in shared])
    means = resampled_means(gains[:, None], rounds=rounds, seed=seed)
    return Difference(between(gains, are_points), float(np.mean(means > 0) + np.mean(means == 0) / 2))


def between(gains: Floats, are_points: bool) -> Interval:
    """Student's for points, where they differ at all; of shares as `clustered_difference` says."""
    reach = POINTS if are_points else 1.0
    if are_points and (found := mean(gains.tolist())):
        return found
    estimate, low, high, n = clustered_difference(Sums.of_values((gains / reach).tolist()))
    return Interval(estimate * reach, low * reach, high * reach, n)


def evidence_that_better(outcomes: Iterable[float], alpha: float = 0.05) -> Evidence:
    """A sequential test of "the mean outcome is at most ½" that may be read after every outcome.

    Betting martingale ∏(1 + λ(xᵢ − ½)), averaged over constant λ in (0, 2)
    (Waudby-Smith & Ramdas, "Estimating means of bounded random variables by betting", 2024).
    Under the null no rule of stopping passes 1/α with probability above α.
    Outcomes lie in [0, 1], in the order in which they came.
    """
    values = np.fromiter(outcomes, float)
    if values.size and (values.min() < 0 or values.max() > 1):
        raise ValueError("an outcome lies outside [0, 1]: give 1, ½ or 0")
    growth = np.log1p(2 * STAKES * (values[:, None] - 0.5)).cumsum(axis=0)
    wealth = np.concatenate([[1.0], np.exp(growth).mean(axis=1)])
    passed = np.flatnonzero(wealth >= 1 / alpha)
    return Evidence(float(wealth[-1]), float(wealth.max()), len(values), int(passed[0]) if passed.size else None)
