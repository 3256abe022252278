"""Leaderboards as their pages show them: one board for each judge, set of questions and baseline, never mixed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Count, F, Max
from django.http import QueryDict

from frontend.kit.filters import Filters
from frontend.kit.listing import Column, Head, Listing, Option
from training.evaluation.benchmarks import BENCHMARKS, Benchmark, Figure
from training.evaluation.leaderboards.comparability import LeaderboardKey, key_of
from training.models import BenchmarkResult

FIRST = (
    Column("rank", "#", number=True),
    Column("name", "Model", sort="name"),
)
LAST = (
    Column("n", "Questions", sort="n", number=True),
    Column("ties", "Ties", sort="ties", number=True),
    Column("failed", "Failed", sort="failed", number=True),
    Column("length", "Length", sort="mean_length", number=True),
    Column("from", "From", sort="run_id"),
    Column("when", "Measured", sort="created_at", number=True, shown=False),
    Column("source", "Source", sort="source", shown=False),
)


@dataclass(frozen=True)
class Board:
    """`key` is what all its rows share; `token` names it in an address."""

    key: LeaderboardKey
    collection: str
    n: int
    own: int
    best: BenchmarkResult | None = None

    @property
    def token(self) -> str:
        return hashlib.sha256("\n".join(self.key).encode()).hexdigest()[:10]

    @property
    def published(self) -> int:
        return self.n - self.own

    @property
    def questions(self) -> str:
        """A set without a collection here was measured elsewhere."""
        return self.collection or f"questions {self.key.prompts_digest[:8] or 'as published'}"

    @property
    def title(self) -> str:
        against = f", against {self.key.baseline}" if self.key.baseline else ""
        return f"{self.key.judge or 'no judge'}{against}, on {self.questions}"


class LeaderboardCell(NamedTuple):
    value: float | None
    low: float | None
    high: float | None
    digits: int


@dataclass(frozen=True)
class LeaderboardRow:
    result: BenchmarkResult
    rank: int
    cells: list[LeaderboardCell]


@dataclass(frozen=True)
class LeaderboardTable:
    """The rows of one board on one axis from `lowest` to `highest`."""

    rows: list[LeaderboardRow]
    heads: list[Head]
    options: list[Option]
    shows: dict[str, bool]
    figures: list[Figure]
    lowest: float
    highest: float
    how: str


def known() -> list[Board]:
    """Every board of a benchmark that the studio knows, those with your own rows first; two queries."""
    rows = BenchmarkResult.objects.filter(benchmark__in=BENCHMARKS)
    keys = rows.order_by().values(*LeaderboardKey._fields)
    counted = keys.annotate(rows=Count("id"), own=Count("run"), set=Max("collection__name"))
    first = rows.order_by(*LeaderboardKey._fields, F("value").desc(nulls_last=True), "id")
    best = {key_of(row): row for row in first.distinct(*LeaderboardKey._fields)}
    boards = []
    for row in counted:
        key = LeaderboardKey(*(row[name] for name in LeaderboardKey._fields))
        boards.append(Board(key, row["set"] or "", row["rows"], row["own"], best.get(key)))
    order = list(BENCHMARKS)
    return sorted(boards, key=lambda b: (order.index(b.key.benchmark), -b.own, -b.n, b.title))


def results(board: Board) -> list[BenchmarkResult]:
    found = BenchmarkResult.objects.filter(**board.key._asdict())
    return list(found.select_related("author__checkpoint", "run", "collection"))


def listing(benchmark: str) -> Listing:
    known = BENCHMARKS[benchmark]
    columns = [Column(one.name, one.title, sort=one.name, number=True, shown=one.shown) for one in known.figures]
    main = Column("value", known.main, sort="value", number=True)
    return Listing(words="results", filters=Filters, columns=(*FIRST, main, *columns, *LAST), sort="-value")


def table(board: Board, query: QueryDict) -> LeaderboardTable:
    """Ranks are by the main figure, whatever the rows are sorted by. Raises BadRequest for an unknown sort."""
    known, chosen = BENCHMARKS[board.key.benchmark], listing(board.key.benchmark)
    order, shown = chosen.order(query), chosen.shown(query)
    found = results(board)
    figures = [figure for figure in known.figures if figure.name in shown]
    by_value = sorted((row.value for row in found if row.value is not None), reverse=True)
    rows = [
        LeaderboardRow(
            row,
            by_value.index(row.value) + 1 if row.value is not None else 0,
            [cell(row, figure) for figure in figures],
        )
        for row in arranged(found, order.column.sort, order.descending)
    ]
    ends = [end for row in found for end in (row.value, row.low, row.high) if end is not None] or [0.0, 1.0]
    room = (max(ends) - min(ends)) * 0.04
    return LeaderboardTable(
        rows=rows,
        heads=[chosen.head(column, order, query) for column in chosen.columns if column.name in shown],
        options=[chosen.option(column, shown, query) for column in chosen.columns if column.name not in {"name"}],
        shows=chosen.shows(query),
        figures=figures,
        # No figure here is below 0, and an axis that says so misleads.
        lowest=max(min(ends) - room, 0.0),
        highest=highest(known, max(ends), room),
        how=known.how,
    )


def highest(benchmark: Benchmark, end: float, room: float) -> float:
    """A share won ends at a hundred per cent."""
    return min(end + room, 100.0) if benchmark.unit == "share" else end + room


def cell(row: BenchmarkResult, figure: Figure) -> LeaderboardCell:
    value, low, high = (row.figures.get(name) if name else None for name in (figure.name, figure.low, figure.high))
    return LeaderboardCell(value, low, high, figure.digits)


def further(row: BenchmarkResult) -> list[tuple[str, LeaderboardCell]]:
    """The figures of its benchmark beside the main one, those that the row has, with their titles."""
    cells = [(figure.title, cell(row, figure)) for figure in row.kind.figures]
    return [(title, found) for title, found in cells if found.value is not None]


def arranged(rows: Sequence[BenchmarkResult], name: str, descending: bool) -> list[BenchmarkResult]:
    """By a column or a figure; rows without it stand last."""
    having = [row for row in rows if placed(row, name) is not None]
    lacking = [row for row in rows if placed(row, name) is None]
    return sorted(having, key=lambda row: (placed(row, name), row.pk), reverse=descending) + lacking


def placed(row: BenchmarkResult, name: str) -> Any:
    value = getattr(row, name) if hasattr(BenchmarkResult, name) else row.figures.get(name)
    return value.lower() if isinstance(value, str) else value
