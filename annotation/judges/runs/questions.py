"""The questions that a judge has, each with the digest by which it is known again. Pure."""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from annotation.judges import protocols
from annotation.judges.config.description import Judge
from annotation.models import Pair, Response, Shown
from annotation.models.prompts import Message


class Question(NamedTuple):
    """All that is sent, and what it is about: the order shown, and which of k samples of the same question."""

    shown: str
    sample: int
    messages: list[Message]
    settings: dict[str, Any]

    def digest(self, judge: Judge) -> str:
        """SHA-256 in hex of all that decides the answer: model, settings, messages, and which sample it is."""
        asked: list[Any] = [judge.model, self.settings, self.messages]
        if self.sample:
            asked.append(self.sample)
        return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


def questions(judge: Judge, pair: Pair) -> Iterator[Question]:
    """About a pair: every order of the protocol, `judge.samples` times."""
    protocol = protocols.of(judge)
    for shown in protocol.orders(judge, pair):
        first, second = (pair.left, pair.right) if shown == Shown.LEFT_FIRST else (pair.right, pair.left)
        yield from sampled(judge, shown, protocol.messages(judge, pair, first, second))


def questions_about(judge: Judge, response: Response) -> Iterator[Question]:
    """About one response, `judge.samples` times. Raises JudgeInvalid for a judge that reads pairs only."""
    messages = protocols.single(judge).messages_about(judge, response.prompt, response)
    yield from sampled(judge, Shown.LEFT_FIRST, messages)


def sampled(judge: Judge, shown: str, messages: list[Message]) -> Iterator[Question]:
    """A seed differs from sample to sample."""
    for sample in range(judge.samples):
        yield Question(shown, sample, messages, settings_of(judge, sample))


def settings_of(judge: Judge, sample: int) -> dict[str, Any]:
    return judge.settings | ({"seed": judge.seed + sample} if judge.seed is not None else {})


def alike(pair: Pair) -> bool:
    return pair.left.text == pair.right.text
