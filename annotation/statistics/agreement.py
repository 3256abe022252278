"""How far authors agree over the same pairs. Pure: of a grade (−3 … +3) the sign is compared.

Votes lie by key (what was judged, for example a pair's id). A key may hold several votes of a
group of authors, so "GPT-4 against people" and "people among themselves" are the same counting.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple, TypeVar

from annotation.statistics.intervals import Interval, Sums, clustered_rate, wilson
from annotation.statistics.verdict import verdict

K = TypeVar("K")
Votes = Mapping[K, Sequence[float]]
Comparison = tuple[float, float]


class Agreement(NamedTuple):
    """How many comparisons of two votes were made, and how many agreed."""

    agreeing: int
    compared: int

    @property
    def interval(self) -> Interval:
        """Wilson's, which takes comparisons as independent: true of one vote each per key."""
        return wilson(self.agreeing, self.compared)


def between(first: Votes[K], second: Votes[K]) -> Iterator[list[Comparison]]:
    """Per shared key, every vote of the first beside every vote of the second."""
    return (list(product(first[key], second[key])) for key in first if key in second)


def within(votes: Votes[K]) -> Iterator[list[Comparison]]:
    """Per key, all unordered pairs of its votes: the ceiling for a judge measured against them."""
    return (list(combinations(of_key, 2)) for of_key in votes.values())


def one_each(first: Mapping[K, float], second: Mapping[K, float]) -> list[Comparison]:
    """Two authors with one vote each per key, over the keys that both judged."""
    return [(first[key], second[key]) for key in first if key in second]


def agreement(comparisons: Iterable[Comparison], *, ties: bool = True) -> Agreement:
    """Count equal verdicts; without ties a comparison is dropped if either side is a tie.

    The two setups of Zheng et al., "Judging LLM-as-a-Judge" (2023), section 4.2.
    """
    counted = Counter[tuple[int, int]]()
    for (first, second), times in Counter(comparisons).items():
        counted[verdict(first), verdict(second)] += times
    if not ties:
        counted = Counter({pair: times for pair, times in counted.items() if all(pair)})
    return Agreement(sum(times for (a, b), times in counted.items() if a == b), counted.total())


def clustered_interval(by_key: Iterable[Sequence[Comparison]], *, ties: bool = True) -> Interval:
    """The interval where comparisons share votes: keys are independent, their comparisons are not.

    `n` is the number of keys with a comparison; with none the interval is [0, 1].
    """
    # Most keys hold one or two comparisons of a few grades, so most of them are alike.
    alike = Counter(map(tuple, by_key))
    tallies = {comparisons: agreement(comparisons, ties=ties) for comparisons in alike}
    counts = [tallies[key] for key in alike.elements() if tallies[key].compared]
    return clustered_rate(Sums.of(counts))._replace(n=len(counts))
