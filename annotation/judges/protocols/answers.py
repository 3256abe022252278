"""What an answer says of two responses, and what several answers come to. Pure."""

import re
from typing import NamedTuple

WORD = re.compile(r"\w")
Scores = tuple[float | None, float | None]


class Unparsed(ValueError):
    """An answer, or the answers about a pair, without a verdict that can be read."""


class ParsedAnswer(NamedTuple):
    """One answer, first against second as they were shown.

    `grade` is −3 where the first is much better, +3 where the second is; `preference` runs from 0 (first) to 1
    (second) where the judge says it so finely; `scores` are points for first and second, and of the second None where
    the first alone was rated.
    """

    grade: int | None
    rationale: str = ""
    preference: float | None = None
    scores: Scores | None = None

    def turned(self) -> "ParsedAnswer":
        """The same answer, second against first."""
        return ParsedAnswer(
            None if self.grade is None else -self.grade,
            self.rationale,
            None if self.preference is None else 1 - self.preference,
            self.scores and (self.scores[1], self.scores[0]),
        )


def reasons(raw: str, end: int) -> str:
    """The answer up to its verdict at `end`, without rules and blank lines just before it."""
    lines = raw[:end].split("\n")
    while lines and not WORD.search(lines[-1]):
        lines.pop()
    return "\n".join(lines).strip()


class Combined(NamedTuple):
    """A pair's verdict, left to right. `unparsed` answers were passed over, where the protocol allows that."""

    grade: int
    consistent: bool | None = None
    preference: float | None = None
    scores: tuple[float, float] | None = None
    unparsed: int = 0
