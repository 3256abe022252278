"""MT-bench's ratings of single answers, 1 to 10. Of a pair both are rated, as by our own rating judge."""

from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.config.published import fastchat
from annotation.judges.protocols import combining, rating
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed
from annotation.judges.protocols.fastchat_asking import chat, turns
from annotation.models import JudgeCall, Pair, Prompt, Response
from annotation.models.prompts import Message

PLACES = ()


def orders(judge: Judge, pair: Pair) -> list[str]:
    return rating.orders(judge, pair)


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    return messages_about(judge, pair.prompt, first)


def messages_about(judge: Judge, prompt: Prompt, response: Response) -> list[Message]:
    return chat(judge, "single", prompt, {"": turns(response)})


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """Raises Unparsed."""
    points = fastchat.rating(raw)
    if points is None:
        raise Unparsed("The answer has no rating of the form [[9]].")
    return ParsedAnswer(None, raw.strip(), scores=(points, None))


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_single_scores(calls, judge.tie_within)
