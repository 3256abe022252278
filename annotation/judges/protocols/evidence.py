"""Evidence first, then a score for each response: k samples in both orders, averaged.

Multiple evidence and balanced position calibration of arXiv 2305.17926. An answer without scores is left out of the
mean, as there, and counted.
"""

import re
from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.protocols import asking, combining, grades
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed, reasons
from annotation.models import JudgeCall, Pair, Response
from annotation.models.prompts import Message

PLACES = asking.COMPARED
SCORE = re.compile(
    r"^[^\w\n]*score of[^\w\n]+(?:(?:response|assistant)[^\w\n]+)?([AB])\b[^\w\n:]*+:[^\w\n]*+(\d++(?:\.\d++)?)"
    r"(?:[^\w\n/]*+(?:/|out of)[^\w\n]*+10)?[^\w\n]*+$",
    re.IGNORECASE | re.MULTILINE,
)
LOWEST, HIGHEST = 1, 10


def orders(judge: Judge, pair: Pair) -> list[str]:
    return asking.either_order(judge)


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return asking.compared(judge, pair, first, second)


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """The last lines of the form `Score of A: 8` and `Score of B: 6.5`. Raises Unparsed."""
    found = list(SCORE.finditer(raw))
    given = {line[1].upper(): float(line[2]) for line in found}
    if len(given) < 2 or not all(LOWEST <= score <= HIGHEST for score in given.values()):
        raise Unparsed("The answer has no lines `Score of A: …` and `Score of B: …` with numbers from 1 to 10.")
    first, second = given["A"], given["B"]
    evidence = reasons(raw, found[0].start())
    return ParsedAnswer(grades.of_scores(first, second, judge.tie_within), evidence, scores=(first, second))


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_scores(calls, judge.tie_within)
