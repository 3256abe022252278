"""Benchmarks by their published protocols: a run measures authors, and each becomes a row of a leaderboard.

Here is what the studio knows of each, without its program: one row, which models, forms, pages and commands read.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Figure(NamedTuple):
    """A column of its leaderboards: names in `figures` of the value and, where there are any, of its ends."""

    name: str
    title: str
    low: str = ""
    high: str = ""
    digits: int = 2
    shown: bool = True


@dataclass(frozen=True, kw_only=True)
class Benchmark:
    """`main` is the title of the main figure, `how` says what it is.

    `unit` is that of a question without a baseline, and of the figure: a `share` won, in per cent; `points` from 1 to
    10; or points `relative` to the baseline's, in per cent without an end. The last two have a page by category.
    `measure` is a function by its name, since it imports what reads this table: `measure(run, participants, renewal)`
    gives the run's result.
    """

    label: str
    main: str
    how: str
    unit: Literal["share", "points", "relative"]
    measure: str
    figures: tuple[Figure, ...] = ()
    # As the benchmark's own files of leaderboards have them; without any, all figures of its rows are exported.
    columns: tuple[str, ...] = ()

    @property
    def has_categories(self) -> bool:
        return self.unit != "share"


BENCHMARKS: dict[str, Benchmark] = {
    "alpaca_eval": Benchmark(
        label="AlpacaEval",
        main="Win rate, %",
        how="Mean share won of each question against the baseline.",
        unit="share",
        measure="training.evaluation.benchmarks.alpaca_eval.measure",
        figures=(
            Figure("length_controlled_winrate", "Length-controlled, %", "lc_low", "lc_high"),
            Figure("discrete_win_rate", "Discrete, %", shown=False),
        ),
        columns=(
            "win_rate",
            "standard_error",
            "n_wins",
            "n_wins_base",
            "n_draws",
            "n_total",
            "discrete_win_rate",
            "avg_length",
            "length_controlled_winrate",
            "lc_standard_error",
            # Not of the published files: the studio's own intervals, last, where no reader of those files stumbles.
            "low",
            "high",
            "lc_low",
            "lc_high",
        ),
    ),
    "mt_bench": Benchmark(
        label="MT-bench",
        main="Score",
        how="The mean over both turns of all questions.",
        unit="points",
        measure="training.evaluation.benchmarks.mt_bench.measure",
        figures=(Figure("turn_1", "Turn 1"), Figure("turn_2", "Turn 2")),
    ),
    "vicuna_bench": Benchmark(
        label="Vicuna-bench",
        main="Relative score, %",
        how="The sum of its scores, in per cent of the baseline’s.",
        unit="relative",
        measure="training.evaluation.benchmarks.vicuna_bench.measure",
        figures=(Figure("score", "Total", digits=1), Figure("conflict_rate", "Conflict rate")),
    ),
}


def labels() -> list[tuple[str, str]]:
    """Every benchmark with its label. Asked by name in the first migration: a new one is no change of the database."""
    return [(name, benchmark.label) for name, benchmark in BENCHMARKS.items()]
