"""Rows of leaderboards as others published them, each with its source, beside which your own stand.

A row is only ever compared under the judge, the questions and the baseline that its source names: the digest says on
which questions, so a set that was imported from other files is another set.
"""

from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from annotation.statistics.intervals import Sums, clustered_rate
from training.evaluation.benchmarks import BENCHMARKS
from training.models import BenchmarkResult

FILE = Path(__file__).with_name("published.json")


class PublishedTable(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of one source: every row has the figures of `columns`, `main` the one it is ranked by."""

    benchmark: str
    judge: str
    baseline: str
    prompts_digest: str
    questions: int
    main: str
    source: str
    columns: list[str]
    rows: list[list[str | int | float | None]]


def boards() -> list[PublishedTable]:
    """Raises KeyError for a benchmark that the studio does not know."""
    found = msgspec.json.decode(FILE.read_bytes(), type=list[PublishedTable])
    return [board for board in found if BENCHMARKS[board.benchmark]]


def load() -> int:
    """Every published row into the database, changed where the file changed. Returns how many there are."""
    found = [(board, dict(zip(board.columns, row, strict=True))) for board in boards() for row in board.rows]
    for board, figures in found:
        known = {name: getattr(board, name) for name in ("benchmark", "judge", "baseline", "source")}
        BenchmarkResult.objects.update_or_create(
            run=None, project=None, name=figures.pop("name"), **known, defaults=described(board, figures)
        )
    return len(found)


def described(board: PublishedTable, figures: dict[str, Any]) -> dict[str, Any]:
    """The columns of a row, out of its figures under their published names."""
    value, error, n = figures[board.main], figures.get("standard_error"), figures.get("n_total") or board.questions
    low, high = (None, None) if error is None else bounds(value, error, n)
    return {
        "prompts_digest": board.prompts_digest,
        "value": value,
        "low": low,
        "high": high,
        "n": n,
        "failed": board.questions - n,
        "ties": figures.get("n_draws") or 0,
        "mean_length": figures.get("avg_length"),
        "figures": {name: figure for name, figure in figures.items() if figure is not None},
    }


def bounds(rate: float, error: float, n: int) -> tuple[float, float]:
    """Of a win rate in percent with its published standard error, as `win_rates` gives them of your own."""
    found = clustered_rate(Sums.of_mean(rate / 100, error / 100, n))
    return 100 * found.low, 100 * found.high
