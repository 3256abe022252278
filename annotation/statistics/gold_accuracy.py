"""How often a judge finds the better of two responses, in each order, against labels taken as right. Pure.

Figures: princeton-nlp/LLMBar, `LLMEvaluator/evaluate.py`; its kappas rest on a wrong mapping of labels.
"""

from collections.abc import Callable, Hashable, Mapping
from typing import NamedTuple, TypeVar

from annotation.statistics.intervals import mean_share

L = TypeVar("L", bound=Hashable)


class Orders(NamedTuple):
    """In percent of the pairs: accuracy in each order, their mean with its interval, both right, both the same."""

    plain: float
    swapped: float
    average: float
    low: float
    high: float
    both: float
    equal: float
    failed: int
    n: int


def orders(outcomes: Mapping[tuple[L, L | None, L | None], int]) -> Orders:
    """Over at least one pair. Of each outcome the number of its pairs: the label, and what the judge said in the one
    order and in the other, None for no answer, which is not correct.
    """
    n = sum(outcomes.values())

    def count(holds: Callable[[tuple[L, L | None, L | None]], bool]) -> int:
        return sum(times for outcome, times in outcomes.items() if holds(outcome))

    plain, swapped = count(lambda o: o[1] == o[0]), count(lambda o: o[2] == o[0])
    halves = [((o[1] == o[0]) + (o[2] == o[0])) / 2 for o, times in outcomes.items() for _ in range(times)]
    interval = mean_share(halves)
    return Orders(
        plain=100 * plain / n,
        swapped=100 * swapped / n,
        average=100 * (plain + swapped) / (2 * n),
        low=100 * interval.low,
        high=100 * interval.high,
        both=100 * count(lambda o: o[0] == o[1] == o[2]) / n,
        equal=100 * count(lambda o: o[1] == o[2]) / n,
        failed=sum(((o[1] is None) + (o[2] is None)) * times for o, times in outcomes.items()),
        n=n,
    )
