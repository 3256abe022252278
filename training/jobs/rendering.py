"""Conversations as a chat template writes them, and where in the text each answer stands."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from os.path import commonprefix
from typing import Any

from jinja2 import TemplateError

from training.jobs.control_tokens import Message

# What a template from elsewhere may raise over one conversation, beside what it raises on purpose.
REFUSALS = (TemplateError, TypeError, ValueError, LookupError)


class Unencodable(Exception):
    """One conversation that cannot become what is asked for. `reason` is counted, the text says what is wrong."""

    def __init__(self, reason: str, says: str) -> None:
        super().__init__(says)
        self.reason = reason


@dataclass(frozen=True)
class Span:
    """From where to where in a text, in characters."""

    start: int
    end: int


def render(tokenizer: Any, messages: Sequence[Message], ask: bool = False) -> str:
    """The text of a conversation; with `ask` up to where the next answer begins. Raises Unencodable."""
    try:
        text: str = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=ask)
    except REFUSALS as error:
        raise Unencodable("template", f"the chat template refuses it: {error}") from error
    return text


def answer_spans(
    tokenizer: Any, messages: Sequence[Message], text: str, controls: re.Pattern[str]
) -> list[Span | None]:
    """Where each answer stands in the rendered text: from where a model is asked for it to the end of its turn.

    None for one that the whole shows otherwise than the model would say it, as where a template drops the reasoning
    of earlier turns. `controls` finds control tokens. Raises Unencodable.
    """
    places = [place for place, message in enumerate(messages) if message["role"] == "assistant"]
    return [span_of(tokenizer, messages[: place + 1], text, controls) for place in places]


def span_of(tokenizer: Any, messages: Sequence[Message], text: str, controls: re.Pattern[str]) -> Span | None:
    """The span of the answer that `messages` end in."""
    asked, said = render(tokenizer, messages[:-1], ask=True), render(tokenizer, messages)
    end = len(said) if text.startswith(said) else end_of_turn(said, text, controls)
    return Span(len(asked), end) if said.startswith(asked) and text.startswith(asked) and end > len(asked) else None


def end_of_turn(said: str, text: str, controls: re.Pattern[str]) -> int:
    """Where a turn ends that a template closes by one more control token where it is the last, as Phi-3's does.

    0 where the two texts part before the token that ends the turn.
    """
    common = len(commonprefix([said, text]))
    found = list(controls.finditer(said))
    last = next((match.end() for match in reversed(found) if match.end() <= common), 0)
    return last if not controls.sub("", said[last:]).strip() else 0
