"""Agreement beyond what chance would give. Pure: units (pairs) with the grades that they were given.

Each figure is a function of sums over units. So its 95 % interval comes from leaving out one unit at a time (the
jackknife of Quenouille and Tukey), on the scale of Fisher's z, which keeps it below 1.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import atanh, isfinite, sqrt, tanh
from typing import NamedTuple, TypeVar

import numpy as np

from annotation.statistics.intervals import Floats, within
from annotation.statistics.verdict import verdict

# Of fewer units there is no interval: too few to say how much they vary.
FEWEST = 20
LOWEST_GRADE, N_GRADES = -3, 7
UNKNOWN = float("nan")

# A unit, as like ones are counted.
U = TypeVar("U", bound=tuple[int, ...])


class Reliability(NamedTuple):
    """1 is agreement throughout, 0 what chance gives; `n` units had at least two grades."""

    value: float
    low: float | None
    high: float | None
    n: int


def cohen_kappa(comparisons: Iterable[tuple[float, float]]) -> Reliability | None:
    """Two authors over {left, tie, right}: (observed − expected) / (1 − expected) (Cohen 1960).

    None for no comparison, or where both gave one and the same verdict throughout.
    """
    verdicts = Counter((verdict(first) + 1, verdict(second) + 1) for first, second in comparisons)
    return jackknifed({places: cell((3, 3), *places) for places in verdicts}, verdicts, kappa_of_table)


def kappa_of_table(table: Floats) -> float:
    n, chance = table.sum(), float(table.sum(axis=0) @ table.sum(axis=1))
    return float((n * np.trace(table) - chance) / (n * n - chance)) if n * n > chance else UNKNOWN


def fleiss_kappa(units: Iterable[Sequence[float]]) -> Reliability | None:
    """Any number of authors over {left, tie, right} (Fleiss 1971); units may have unequal numbers of grades.

    Of a unit the share of its pairs of grades that agree; chance is Σ p² of the verdicts' shares of all grades.
    None where no unit has two grades, or all are one verdict.
    """
    counts = Counter(tuple(verdict(grade) + 1 for grade in sorted(unit)) for unit in units if len(unit) > 1)
    return jackknifed({unit: fleiss_sums(unit) for unit in counts}, counts, kappa_of_sums)


def fleiss_sums(unit: Sequence[int]) -> Floats:
    """How many of each verdict, the share of agreeing pairs among them, and 1 for the unit itself."""
    each = np.bincount(unit, minlength=3).astype(float)
    n = each.sum()
    return np.array([*each, (each * (each - 1)).sum() / (n * (n - 1)), 1.0])


def kappa_of_sums(sums: Floats) -> float:
    observed, shares = sums[3] / sums[4], sums[:3] / sums[:3].sum()
    chance = float(shares @ shares)
    return float((observed - chance) / (1 - chance)) if chance < 1 else UNKNOWN


def krippendorff_alpha(units: Iterable[Sequence[float]]) -> Reliability | None:
    """Any number of authors over the grades −3 … +3 as an ordinal scale, gaps allowed (Krippendorff 2011).

    δ²(c, k) = (Σ n_g for g from c to k − (n_c + n_k) / 2)². None where there is no variation.
    """
    counts = Counter(tuple(int(grade) - LOWEST_GRADE for grade in sorted(unit)) for unit in units if len(unit) > 1)
    return jackknifed({unit: coincidences(unit) for unit in counts}, counts, alpha_of_coincidences)


def coincidences(unit: Sequence[int]) -> Floats:
    counts = np.bincount(unit, minlength=N_GRADES).astype(float)
    return np.asarray((np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1))


def alpha_of_coincidences(table: Floats) -> float:
    totals = table.sum(axis=0)
    ranks = totals.cumsum() - totals / 2
    distance = (ranks[:, None] - ranks[None, :]) ** 2
    expected = float(totals @ distance @ totals)
    return float(1 - (totals.sum() - 1) * (table * distance).sum() / expected) if expected else UNKNOWN


def cell(shape: tuple[int, int], row: int, column: int) -> Floats:
    table = np.zeros(shape)
    table[row, column] = 1.0
    return table


def jackknifed(
    parts: Mapping[U, Floats], times: Mapping[U, int], figure: Callable[[Floats], float]
) -> Reliability | None:
    """`figure` of the sum of all units, each a part that is there so many times; None where that is no number.

    Without an interval for few units, or where leaving one out leaves no figure.
    """
    n = sum(times.values())
    if not n:
        return None
    whole = np.sum([part * times[unit] for unit, part in parts.items()], axis=0)
    value = figure(whole)
    if not isfinite(value):
        return None
    without = np.array([figure(whole - part) for part in parts.values()]) if n >= FEWEST else np.array([UNKNOWN])
    if not np.isfinite(without).all() or not -1 < value < 1:
        return Reliability(value, None, None, n)
    weights = np.array([times[unit] for unit in parts])
    variance = (n - 1) / n * float(weights @ (without - weights @ without / n) ** 2)
    centre, reach = atanh(value), within(0.95, n - 1) * sqrt(variance) / (1 - value**2)
    return Reliability(value, tanh(centre - reach), tanh(centre + reach), n)
