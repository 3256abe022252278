"""What else than quality a judge prefers: the first position, the longer text, lists. Pure."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from annotation.statistics.consensus import verdict
from annotation.statistics.intervals import Interval, wilson
from annotation.statistics.significance import WinRate, win_rate

# AlpacaEval's threshold: texts closer in length than this do not differ in length.
SIGNIFICANT_LENGTH = 30  # characters
LIST_ITEM = re.compile(r"^[ \t]*(?:\d+[.)]|[-*+•])\s+\S", re.MULTILINE)
# AlpacaEval's sign of a list is looser than ours: a mark, space or none, a word. The full stop between two sentences
# may pass for one, so its figure is kept apart, to stand beside published ones.
PUBLISHED_LIST_ITEM = re.compile(r"(?:[•*-]|[a-zA-Z][.)]|\d[.)])\s*\w")


class Judged(NamedTuple):
    """Two texts with a grade of −3 … +3, positive where the right one is better."""

    left: str
    right: str
    grade: float


def first_position_rate(shown: Iterable[tuple[bool, float]]) -> WinRate:
    """How often the response shown first wins, ties half; an unbiased judge gives ½.

    Each judgment is (whether left was shown first, grade).
    """
    return win_rate((1 - verdict(grade) * (1 if left_first else -1)) / 2 for left_first, grade in shown)


def longer_rate(judged: Iterable[Judged]) -> Interval:
    """How often the clearly longer text won, among decided judgments."""
    return _rate(
        (len(row.right) > len(row.left)) == (row.grade > 0)
        for row in judged
        if row.grade and abs(len(row.right) - len(row.left)) > SIGNIFICANT_LENGTH
    )


def list_rate(judged: Iterable[Judged]) -> Interval:
    """How often the text with a list won, among decided judgments where only one has a list."""
    return _rate(
        has_list(row.right) == (row.grade > 0)
        for row in judged
        if row.grade and has_list(row.left) != has_list(row.right)
    )


def has_list(text: str) -> bool:
    """Whether at least two lines begin as items of a numbered or bulleted list."""
    return len(LIST_ITEM.findall(text)) > 1


def has_list_as_published(text: str) -> bool:
    """Whether AlpacaEval takes the text for one with a list (its `get_list_biases`, which counts as `list_rate`)."""
    return PUBLISHED_LIST_ITEM.search(text) is not None


def _rate(outcomes: Iterable[bool]) -> Interval:
    values = list(outcomes)
    return wilson(sum(values), len(values))
