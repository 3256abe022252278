"""AlpacaEval's judges: one order, drawn for each instruction, and the parser that the configuration names."""

from collections.abc import Sequence
from typing import Any

from annotation.judges.config.description import Judge
from annotation.judges.config.published import alpaca_eval
from annotation.judges.config.published.alpaca_eval_parsers import PARSERS
from annotation.judges.protocols import asking, combining, grades
from annotation.judges.protocols.answers import Combined, ParsedAnswer, Unparsed
from annotation.models import JudgeCall, Pair, Response, Shown
from annotation.models.prompts import Message

PLACES = ("instruction", "output_1", "output_2")


def orders(judge: Judge, pair: Pair) -> list[str]:
    """The baseline first, unless this instruction's draw exchanges the two."""
    order = asking.baseline_first(pair)
    if judge.order_seed is None or not alpaca_eval.switched(pair.prompt.text, judge.order_seed):
        return [order]
    return [Shown.RIGHT_FIRST if order == Shown.LEFT_FIRST else Shown.LEFT_FIRST]


def messages(judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
    turns = alpaca_eval.messages(judge.user, pair.prompt.text, first.text, second.text)
    return [Message(role=turn["role"], content=turn["content"]) for turn in turns]


def read(judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
    """Raises Unparsed."""
    found = PARSERS[judge.parser](raw, logprobs, judge.parser_settings)
    if found is None:
        raise Unparsed(f"AlpacaEval's {judge.parser} finds no preference in the answer.")
    return ParsedAnswer(grade(found - 1), preference=found - 1)


def combine(judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
    found = combining.of_preferences(calls)
    return found._replace(grade=grade(found.preference or 0.0))


def grade(preference: float) -> int:
    """A bare 0 or 1 says which and not how much."""
    bare = {0: -grades.BETTER, 1: grades.BETTER}
    return bare[int(preference)] if preference in bare else grades.of_preference(preference)
