"""How a judge is asked and how its answers are read: one module for each protocol, all of one shape."""

from collections.abc import Sequence
from typing import Any, Protocol

from annotation.judges.loading import Judge
from annotation.judges.protocols import pairwise
from annotation.judges.protocols.answers import Combined, Said
from annotation.models import JudgeCall, Pair
from annotation.models.prompts import Message


class PairProtocol(Protocol):
    """`messages` asks about two texts as shown; `read` says what an answer means, also as shown."""

    def orders(self, judge: Judge, pair: Pair) -> list[str]:
        """The orders in which the pair is shown, of `Shown`."""

    def messages(self, judge: Judge, pair: Pair, first: str, second: str) -> list[Message]: ...

    def read(self, judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None) -> Said:
        """Raises Unparsed."""

    def combine(self, judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
        """One verdict of all calls of a pair, none of them failed; their grades are left to right already."""


PROTOCOLS: dict[str, PairProtocol] = {"pairwise": pairwise}


def of(judge: Judge) -> PairProtocol:
    return PROTOCOLS[judge.protocol]
