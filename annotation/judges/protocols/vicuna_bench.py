"""Vicuna-bench of FastChat v0.1.10: one of three prompts by category, one order, two scores on the first line."""

from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.config.published import fastchat, fill
from annotation.judges.protocols import asking, combining, grades
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed
from annotation.models import JudgeCall, Pair, Response
from annotation.models.prompts import Message

PLACES = ()


def orders(judge: Judge, pair: Pair) -> list[str]:
    """The baseline is assistant 1."""
    return asking.either_order(judge) if judge.both_orders else [asking.baseline_first(pair)]


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    category = pair.prompt.metadata.get("category") or pair.prompt.category
    template = judge.prompts.get(category) or judge.prompts["general"]
    values = {"question": pair.prompt.text, "answer_1": first.text, "answer_2": second.text}
    return [
        {"role": "system", "content": template.system},
        {"role": "user", "content": fill(template.user, values)},
    ]


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """Raises Unparsed."""
    scores = fastchat.first_line_scores(raw)
    if scores is None:
        raise Unparsed("The first line is not two scores.")
    return ParsedAnswer(grades.of_scores(*scores, judge.tie_within), raw.partition("\n")[2].strip(), scores=scores)


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    return combining.of_scores(calls, judge.tie_within)
