"""One response by itself, from 1 to 10. A pair is two ratings, and their difference the grade.

The order that a call names says which of the two responses it rated: the one that is first.
"""

import re
from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.protocols import asking, combining
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed, reasons
from annotation.models import JudgeCall, Pair, Prompt, Response, Shown
from annotation.models.prompts import Message

PLACES = ("conversation", "response")
# No two neighbours here can take the same character, so that no answer takes longer than its length.
RATING = re.compile(
    r"^[^\w\n]*rating[^\w:]*+:\W*+(\d++(?:\.\d++)?)(?:[^\w/]*+(?:/|out of)\W*+10)?[^\w\n]*+$",
    re.IGNORECASE | re.MULTILINE,
)
LOWEST, HIGHEST = 1, 10


def orders(judge: Judge, pair: Pair) -> list[str]:
    return [Shown.LEFT_FIRST, Shown.RIGHT_FIRST]


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return messages_about(judge, pair.prompt, first)


def messages_about(judge: Judge, prompt: Prompt, response: Response) -> list[Message]:
    return asking.single(judge, prompt, response)


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """The last line of the form `Rating: 7`. Raises Unparsed."""
    found = list(RATING.finditer(raw))
    if not found or not LOWEST <= float(found[-1][1]) <= HIGHEST:
        raise Unparsed("The answer has no line `Rating: …` with a number from 1 to 10.")
    return ParsedAnswer(None, reasons(raw, found[-1].start()), scores=(float(found[-1][1]), None))


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_single_scores(calls, judge.tie_within)
