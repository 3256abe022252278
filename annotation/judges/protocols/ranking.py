"""Responses put in order, best first: a pair is a ranking of two. It says which is better and not by how much."""

import re
from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.protocols import asking, combining
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed, reasons
from annotation.judges.protocols.grades import BETTER
from annotation.models import JudgeCall, Pair, Response
from annotation.models.prompts import Message

PLACES = asking.COMPARED
GRADES = {("A", ">", "B"): -BETTER, ("A", "=", "B"): 0, ("B", "=", "A"): 0, ("B", ">", "A"): BETTER}
# No two neighbours here can take the same character, so that no answer takes longer than its length.
RANKING = re.compile(
    r"^[^\w\n]*ranking[^\w:]*+:\W*+([AB])[^\w>=]*+([>=])\W*+([AB])\b[^\w\n]*+$", re.IGNORECASE | re.MULTILINE
)


def orders(judge: Judge, pair: Pair) -> list[str]:
    return asking.either_order(judge)


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return asking.compared(judge, pair, first, second)


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """The last line of the form `Ranking: A > B`. Raises Unparsed."""
    for found in reversed(list(RANKING.finditer(raw))):
        ranking = (found[1].upper(), found[2], found[3].upper())
        if ranking in GRADES:
            return ParsedAnswer(GRADES[ranking], reasons(raw, found.start()))
    raise Unparsed("The answer has no line `Ranking: …` with A > B, B > A or A = B.")


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_grades(calls)
