"""Two responses side by side: reasons first, then one of seven grades."""

import re
from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.protocols import asking, combining
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed, reasons
from annotation.models import JudgeCall, Pair, Response
from annotation.models.prompts import Message

PLACES = asking.COMPARED
GRADES = {"A+++": -3, "A++": -2, "A+": -1, "=": 0, "B+": 1, "B++": 2, "B+++": 3}
# No two neighbours here can take the same character, so that no answer takes longer than its length.
VERDICT = re.compile(
    r"^[^\w\n]*verdict[^\w:]*+:(?:[^\w=]*+(?P<tie>=)|\W*+(?P<better>[AB]\+{1,3}))(?!\+)[^\w\n]*+$",
    re.IGNORECASE | re.MULTILINE,
)


def orders(judge: Judge, pair: Pair) -> list[str]:
    return asking.either_order(judge)


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return asking.compared(judge, pair, first, second)


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """The last line of the form `Verdict: A++`. Raises Unparsed."""
    found = list(VERDICT.finditer(raw))
    if not found:
        raise Unparsed("The answer has no line `Verdict: …` with A+++, A++, A+, =, B+, B++ or B+++.")
    last = found[-1]
    return ParsedAnswer(GRADES[(last["better"] or last["tie"]).upper()], reasons(raw, last.start()))


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_grades(calls)
