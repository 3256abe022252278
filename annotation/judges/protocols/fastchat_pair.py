"""MT-bench's comparisons: both orders, a winner only where they agree."""

from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.config.published import fastchat
from annotation.judges.protocols import asking, combining
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed
from annotation.judges.protocols.fastchat_asking import chat, turns
from annotation.judges.protocols.grades import BETTER
from annotation.models import JudgeCall, Pair, Response
from annotation.models.prompts import Message

PLACES = ()
GRADES = {"A": -BETTER, "tie": 0, "B": BETTER}


def orders(judge: Judge, pair: Pair) -> list[str]:
    return asking.either_order(judge)


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return chat(judge, "pair", pair.prompt, {"a": turns(first), "b": turns(second)})


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """Raises Unparsed."""
    winner = fastchat.pair_winner(raw)
    if winner is None:
        raise Unparsed("The answer has none of [[A]], [[B]] and [[C]].")
    return ParsedAnswer(GRADES[winner], raw.strip())


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_grades(calls)
