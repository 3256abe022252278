"""LLMBar's result files: how often a judge finds the better of two outputs, shown in both orders. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation.statistics.gold_accuracy import orders

REMEDY = 'A result has label 1 or 2 and results [{"swap = False": {winner}, "swap = True": {winner}}]'


@dataclass(frozen=True)
class JudgedOrder:
    """What the judge said in one order: the winner is named by the outputs as stored."""

    winner: str | None
    completion: tuple[str | None, str | None] = (None, None)


@dataclass(frozen=True)
class JudgedInstance:
    """An instance with its gold label, and the judge's rounds; the last round counts."""

    label: int
    results: Sequence[dict[str, JudgedOrder]]

    def __post_init__(self) -> None:
        if self.label not in (1, 2):
            raise ValueError(f"label is {self.label}: give 1 or 2")
        if not self.results or set(self.results[-1]) != {"swap = False", "swap = True"}:
            raise ValueError('results does not end in {"swap = False", "swap = True"}: judge both orders')

    def winner(self, swap: bool) -> str | None:
        return self.results[-1][f"swap = {swap}"].winner

    def correct(self, swap: bool) -> bool:
        return self.winner(swap) == str(self.label)


def winner(completion: str, swap: bool) -> str | None:
    """The winner as stored from "Output (a)" or "Output (b)" as shown; None where it is neither."""
    shown = {"Output (a)": 1, "Output (b)": 2}.get(completion.strip())
    if shown is None:
        return None
    return str(3 - shown if swap else shown)


def figures(results: Sequence[JudgedInstance]) -> dict[str, Any]:
    """Accuracy per order, in both, and agreement of the two orders, in percent of the instances."""
    found = orders(Counter((str(result.label), result.winner(False), result.winner(True)) for result in results))
    return {
        "correct_False": found.plain,
        "correct_True": found.swapped,
        "correct_average": found.average,
        "low": found.low,
        "high": found.high,
        "correct_both": found.both,
        "equal": found.equal,
        "failed": found.failed,
        "n": found.n,
    }
