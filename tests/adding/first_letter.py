"""A protocol: two responses side by side, and an answer that begins with A, B or =."""

from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.protocols import asking, combining
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed
from annotation.models import JudgeCall, Pair, Response
from annotation.models.prompts import Message

PLACES = asking.COMPARED
GRADES = {"A": -1, "=": 0, "B": 1}


def orders(judge: Judge, pair: Pair) -> list[str]:
    return asking.either_order(judge)


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return asking.compared(judge, pair, first, second)


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    if raw[:1] not in GRADES:
        raise Unparsed("The answer does not begin with A, B or =.")
    return ParsedAnswer(GRADES[raw[:1]])


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_grades(calls)
