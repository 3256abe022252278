"""The figures of a card, in the shape in which they are kept, sent and shown."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct

from annotation.statistics.intervals import Interval, Sums, clustered_difference, clustered_rate

# Fewer comparisons than these are shown, and said to be too few.
FEW = 30


class Rate(Struct, frozen=True):
    """A share with its 95 % interval: `top` of `n` observations over `prompts`; None where there is none."""

    estimate: float | None
    low: float
    high: float
    n: int
    top: float
    prompts: int

    @property
    def is_thin(self) -> bool:
        return 0 < self.n < FEW


class Agreement(Struct, frozen=True):
    """Two sides over the same pairs, as MT-bench counts: every tie equal to every tie, and ties left out."""

    with_ties: Rate
    without_ties: Rate


class Slice(Struct, frozen=True):
    """Agreement with people, and of people among themselves, over one part of the pairs.

    `disagreed` of `pairs` are those on which at least one person's verdict differs from the judge's.
    """

    by: str
    value: str
    pairs: int
    disagreed: int
    people: Agreement
    ceiling: Agreement


class Gold(Struct, frozen=True):
    """Against the labels of one set, as LLMBar counts: every pair that was judged, failed ones as wrong.

    Figures of the two orders are None where the judge read in one order only.
    """

    author: int
    name: str
    collection: str
    slug: str
    n: int
    correct: Rate
    correct_left_first: float | None
    correct_right_first: float | None
    correct_average: float | None
    correct_both: float | None
    equal: float | None
    failed: int


class Bias(Struct, frozen=True):
    """What else than quality the judge follows. `lists_published` counts lists as AlpacaEval does."""

    consistency: Rate
    first_position: Rate
    longer: Rate
    lists: Rate
    lists_published: Rate


class Counts(Struct, frozen=True):
    """The judge's current judgments. `failed` ones have no verdict; `inconsistent` ones count as ties."""

    valid: int
    failed: int
    ties: int
    inconsistent: int
    since: datetime | None
    until: datetime | None

    @property
    def judged(self) -> int:
        return self.valid + self.failed


class Spending(Struct, frozen=True):
    """Every answer that was asked for. `unread` had no verdict in it; `unanswered` never came.

    `price` and `per_thousand` (pairs) are US dollars, latencies seconds; None where nobody measured them.
    """

    calls: int
    unread: int
    unanswered: int
    repaired: int
    cached: int
    tokens_in: int
    tokens_out: int
    price: float | None
    per_thousand: float | None
    p50: float | None
    p95: float | None
    models: list[str]
    endpoints: list[str]


class Card(Struct, frozen=True):
    """All figures of one judge version."""

    judge: int
    name: str
    details: dict[str, Any]
    counts: Counts
    agreement: Slice
    slices: list[Slice]
    bias: Bias
    gold: list[Gold]
    spending: Spending

    def parts(self, by: str) -> list[Slice]:
        return [part for part in self.slices if part.by == by]


class Difference(Struct, frozen=True):
    """A figure of two judges over the pairs that both judged, and the second less the first."""

    name: str
    first: Rate
    second: Rate
    estimate: float | None
    low: float
    high: float


def rate(sums: Sums) -> Rate:
    interval = clustered_rate(sums)
    return Rate(known(interval), interval.low, interval.high, interval.n, sums.top, sums.clusters)


def difference(name: str, first: Sums, second: Sums, apart: Sums) -> Difference:
    interval = clustered_difference(apart)
    return Difference(name, rate(first), rate(second), known(interval), interval.low, interval.high)


def known(interval: Interval) -> float | None:
    return interval.estimate if interval.n else None


NOTHING = Sums(0, 0.0, 0.0, 0.0, 0.0, 0.0)


def sums(row: Sequence[Any]) -> Sums:
    """The six columns of `queries.SUMS` as they come from the database."""
    clusters, *rest = row
    top, bottom, top_top, top_bottom, bottom_bottom = (float(value or 0) for value in rest)
    return Sums(int(clusters), top, bottom, top_top, top_bottom, bottom_bottom)
