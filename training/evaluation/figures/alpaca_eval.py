"""AlpacaEval: win rates of a model against a baseline, from a judge's annotations. Pure.

Formulas: tatsu-lab/alpaca_eval, `metrics/winrate.py`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from annotation.statistics.intervals import Floats, mean_share, standard_error
from studio.words import counted
from training.evaluation import NoFigure
from training.evaluation.figures.records import Finite

REMEDY = "An annotations file lists instruction, output_1 (baseline), output_2 (model) and preference"
FAILED = -1  # a cached null in files of alpaca_eval


class LengthComparison(NamedTuple):
    """One comparison: `shorter_by` = len(baseline) − len(model); `win` 0 … 1, NaN where it failed."""

    instruction: str
    shorter_by: int
    win: float


@dataclass(frozen=True)
class Annotation:
    """One verdict: preference 1 says output_1 (the baseline) is better, 2 says output_2 (the model).

    1.5, and 0 in old files, is a draw; a value between is the judge's expected verdict; null a failure.
    """

    instruction: str
    output_1: str | None
    output_2: str | None
    preference: float | None
    generator_1: str = ""
    generator_2: str = ""
    annotator: str = ""

    def __post_init__(self) -> None:
        value = self.preference
        if value is not None and value not in (0, FAILED) and not 1 <= value <= 2:
            raise ValueError(f"preference is {value}: give 1 to 2, 0 for a draw or null for a failure")

    @property
    def win(self) -> float:
        """0 the baseline wins … 1 the model wins; NaN where the judge failed."""
        if self.preference is None or self.preference == FAILED:
            return float("nan")
        return 0.5 if self.preference == 0 else self.preference - 1

    @property
    def comparison(self) -> LengthComparison:
        return LengthComparison(self.instruction, len(self.output_1 or "") - len(self.output_2 or ""), self.win)


@dataclass(frozen=True)
class Difficulty:
    """How hard an instruction is for the baseline's rivals, named by its text or by its place."""

    instruction_difficulty: Finite
    instruction: str | None = None
    index: int | None = None


def difficulty_by_instruction(rows: Sequence[Difficulty], annotations: Sequence[Annotation]) -> dict[str, float]:
    """Difficulty by instruction. Raises NoFigure where places cannot stand for instructions."""
    named = {row.instruction: row.instruction_difficulty for row in rows if row.instruction is not None}
    if len(named) == len(rows):
        return named
    placed = {row.index: row.instruction_difficulty for row in rows if row.index is not None}
    if placed.keys() != set(range(len(annotations))):
        raise NoFigure(
            f"difficulty is given for {counted(len(placed), 'place')}, and not for each of"
            f" {counted(len(annotations), 'annotation')}: places would shift, so give a CSV with the columns"
            " instruction, instruction_difficulty"
        )
    return {row.instruction: placed[place] for place, row in enumerate(annotations)}


def win_rates(wins: Floats) -> dict[str, Any]:
    """Win rate, standard error and counts in the published units (percent); NaN is a failed judgment.

    The standard error is the published one; the interval beside it is the studio's own.
    """
    valid = wins[~np.isnan(wins)]
    if not len(valid):
        raise NoFigure("every judgment failed, so there is no win rate: judge again")
    interval = mean_share(valid.tolist())
    rounded = np.where(valid == 0.5, 0.5, np.round(valid))
    return {
        "win_rate": float(100 * valid.mean()),
        "standard_error": standard_error(100 * valid),
        "low": 100 * interval.low,
        "high": 100 * interval.high,
        "discrete_win_rate": float(100 * rounded.mean()),
        "n_wins": int((valid > 0.5).sum()),
        "n_wins_base": int((valid < 0.5).sum()),
        "n_draws": int((valid == 0.5).sum()),
        "n_total": len(valid),
        "n_failed": len(wins) - len(valid),
    }


def average_length(outputs: Sequence[str | None]) -> int:
    """Mean length in characters, cut to an integer; an empty or null output counts as 0."""
    return sum(len(output or "") for output in outputs) // len(outputs)


def figures(annotations: Sequence[Annotation]) -> dict[str, Any]:
    """The row of the leaderboard that these annotations make; `length_control` adds its figure."""
    wins = np.array([row.win for row in annotations])
    return {
        "model": _names(row.generator_2 for row in annotations),
        "baseline": _names(row.generator_1 for row in annotations),
        "judge": _names(row.annotator for row in annotations),
        **win_rates(wins),
        "avg_length": average_length([row.output_2 for row in annotations]),
    }


def _names(found: Iterable[str]) -> str:
    return ", ".join(sorted(set(found)))
