"""One letter for the better response; how likely either letter was is the verdict.

Of the two letters' log-probabilities at the first token, P(B) = exp(b) / (exp(a) + exp(b)): from 0 (the first) to
1 (the second). A letter that is not among the likeliest tokens has no chance.
"""

from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.config.published.alpaca_eval import logprob_preference
from annotation.judges.protocols import asking, combining, grades
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed
from annotation.models import JudgeCall, Pair, Response
from annotation.models.prompts import Message

PLACES = asking.COMPARED
LETTERS = ("A", "B")


def orders(judge: Judge, pair: Pair) -> list[str]:
    return asking.either_order(judge)


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return asking.compared(judge, pair, first, second)


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """Raises Unparsed."""
    if not logprobs:
        raise Unparsed("The endpoint gave no log-probabilities. Ask one that does, or a judge of another protocol.")
    found = logprob_preference(logprobs, *LETTERS)
    if found is None:
        raise Unparsed("Neither A nor B is among the likeliest first tokens.")
    return ParsedAnswer(grades.of_preference(found - 1), preference=found - 1)


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_preferences(calls)
