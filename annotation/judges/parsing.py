"""A judge's answer as a grade, and two readings as one verdict. Pure."""

import re
from typing import NamedTuple

GRADES = {"A+++": -3, "A++": -2, "A+": -1, "=": 0, "B+": 1, "B++": 2, "B+++": 3}
VERDICT = re.compile(r"^\W*verdict\W*?:\W*?(A\+{1,3}|B\+{1,3}|=)(?!\+)\s*\W*$", re.IGNORECASE | re.MULTILINE)


class Unparsed(ValueError):
    """An answer without a verdict that can be read."""


class Reading(NamedTuple):
    """One answer: −3 where the first response is much better, +3 where the second is."""

    grade: int
    rationale: str


class Combined(NamedTuple):
    """A pair read in both orders, left to right. Readings that contradict make a tie and say so."""

    grade: int
    consistent: bool


def parse(answer: str) -> Reading:
    """The last line of the form `Verdict: A++`. Raises Unparsed."""
    found = list(VERDICT.finditer(answer))
    if not found:
        raise Unparsed("The answer has no line `Verdict: …` with A+++, A++, A+, =, B+, B++ or B+++.")
    last = found[-1]
    return Reading(GRADES[last[1].upper()], answer[: last.start()].strip())


def combine(left_first: int, right_first: int) -> Combined:
    """Both grades are positive where the right response is better. They agree if they favour the same side."""
    if sign(left_first) != sign(right_first):
        return Combined(0, False)
    strength = (abs(left_first) + abs(right_first) + 1) // 2
    return Combined(sign(left_first) * strength, True)


def sign(grade: int) -> int:
    return (grade > 0) - (grade < 0)
