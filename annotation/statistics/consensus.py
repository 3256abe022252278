"""What several judgments of one pair say together. Pure: a grade is −3 … +3, positive for right."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple


class Consensus(NamedTuple):
    """The votes on one pair.

    `majority` is the verdict (−1 left, 0 tie, +1 right) of more than half of the votes, or None;
    `disputed` says that somebody preferred left and somebody else right.
    """

    n: int
    mean_grade: float
    majority: int | None
    disputed: bool


def verdict(grade: float) -> int:
    """Which side a grade prefers: −1 left, 0 tie, +1 right."""
    return (grade > 0) - (grade < 0)


def consensus(grades: Sequence[float]) -> Consensus:
    """The consensus of at least one grade; ValueError for none."""
    if not grades:
        raise ValueError("no grade: a consensus needs at least one judgment")
    verdicts = Counter(verdict(grade) for grade in grades)
    leading, votes = verdicts.most_common(1)[0]
    return Consensus(
        n=len(grades),
        mean_grade=sum(grades) / len(grades),
        majority=leading if 2 * votes > len(grades) else None,
        disputed=verdicts[-1] > 0 and verdicts[1] > 0,
    )
