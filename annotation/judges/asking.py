"""The questions that a judge has about a pair, each with the digest by which it is known again. Pure."""

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from annotation.judges import protocols
from annotation.judges.loading import Judge
from annotation.models import Pair, Shown
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
    """Every order of the protocol, `judge.samples` times; a seed differs from sample to sample."""
    protocol = protocols.of(judge)
    for shown in protocol.orders(judge, pair):
        texts = [pair.left.text, pair.right.text]
        first, second = texts if shown == Shown.LEFT_FIRST else texts[::-1]
        messages = protocol.messages(judge, pair, first, second)
        for sample in range(judge.samples):
            yield Question(shown, sample, messages, settings_of(judge, sample))


def settings_of(judge: Judge, sample: int) -> dict[str, Any]:
    return judge.settings | ({"seed": judge.seed + sample} if judge.seed is not None else {})


def alike(pair: Pair) -> bool:
    return pair.left.text == pair.right.text
