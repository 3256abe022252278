"""Ratings of a table of comparisons: columns left, right, winner. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from annotation.statistics.comparisons import Comparison
from annotation.statistics.ratings import (
    average_win_rate,
    bradley_terry,
    elo,
    final_ranking,
    groups,
    ratings,
    win_fractions,
)

REMEDY = "A comparison has left, right and winner: left, right or tie"
OUTCOMES = {"left": 1.0, "right": 0.0, "tie": 0.5}


@dataclass(frozen=True)
class ArenaComparison:
    """Two names, and which of them won."""

    left: str
    right: str
    winner: Literal["left", "right", "tie"]

    def __post_init__(self) -> None:
        if self.left == self.right:
            raise ValueError(f"left and right are both {self.left!r}: give two names")

    @property
    def comparison(self) -> Comparison:
        return Comparison(self.left, self.right, OUTCOMES[self.winner])


def figures(battles: Sequence[ArenaComparison]) -> dict[str, Any]:
    """Per name: Elo in the order given, Bradley-Terry strengths (sum 1), mean win fraction, ratings."""
    comparisons = [battle.comparison for battle in battles]
    rated, joined = ratings(comparisons), groups(comparisons)
    return {
        "n": len(comparisons),
        "ties": sum(row.outcome == 0.5 for row in comparisons),
        "undetermined_groups": joined if len(joined) > 1 else [],
        "elo": elo(comparisons),
        "bradley_terry": bradley_terry(comparisons),
        "average_win_rate": average_win_rate(comparisons),
        "rating": {name: rating.rating for name, rating in rated.items()},
        "rating_low": {name: rating.low for name, rating in rated.items()},
        "rating_high": {name: rating.high for name, rating in rated.items()},
        "final_ranking": final_ranking(rated),
        "win_fraction_against": win_fractions(comparisons),
    }
