"""What an answer says of two responses, and several answers as one verdict. Pure."""

from collections.abc import Sequence
from typing import NamedTuple


class Unparsed(ValueError):
    """An answer without a verdict that can be read."""


class Said(NamedTuple):
    """One answer, first against second as they were shown.

    `grade` is −3 where the first is much better, +3 where the second is; `preference` runs from 0 (first) to 1
    (second) where the endpoint gave log-probabilities; `scores` are points for first and second.
    """

    grade: int | None
    rationale: str = ""
    preference: float | None = None
    scores: tuple[float, float] | None = None

    def turned(self) -> "Said":
        """The same answer, second against first."""
        return Said(
            None if self.grade is None else -self.grade,
            self.rationale,
            None if self.preference is None else 1 - self.preference,
            self.scores and (self.scores[1], self.scores[0]),
        )


class Combined(NamedTuple):
    """A pair's verdict, left to right. Answers that contradict each other make a tie and say so."""

    grade: int
    consistent: bool | None = None
    preference: float | None = None
    scores: tuple[float, float] | None = None


def combine(grades: Sequence[int]) -> Combined:
    """Grades from both orders, positive where the right response is better. They agree if they favour one side."""
    if len(grades) == 1:
        return Combined(grades[0])
    sides = {sign(grade) for grade in grades}
    if len(sides) > 1:
        return Combined(0, False)
    strength = (2 * sum(map(abs, grades)) + len(grades)) // (2 * len(grades))
    return Combined(sides.pop() * strength, True)


def sign(grade: float) -> int:
    return (grade > 0) - (grade < 0)
