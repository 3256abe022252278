"""How a judge is asked and how its answers are read: one module for each protocol, all of one shape."""

from collections.abc import Sequence
from typing import Any, Protocol

from annotation.judges.config.description import Judge, JudgeInvalid
from annotation.judges.protocols import (
    alpaca_eval,
    evidence,
    fastchat_pair,
    fastchat_single,
    logprob,
    pairwise,
    ranking,
    rating,
    vicuna_bench,
)
from annotation.judges.protocols.answers import Combined, ParsedAnswer
from annotation.models import JudgeCall, Pair, Prompt, Response
from annotation.models.prompts import Message


class PairProtocol(Protocol):
    """`messages` asks about two responses as shown; `read` says what an answer means, also as shown."""

    @property
    def PLACES(self) -> Sequence[str]:
        """What the text `user` must have a place for, in braces."""

    def orders(self, judge: Judge, pair: Pair) -> list[str]:
        """The orders in which the pair is shown, of `Shown`."""

    def messages(self, judge: Judge, pair: Pair, first: Response, second: Response) -> list[Message]:
        """Raises JudgeInvalid where the prompt or a response lacks what this judge shows."""

    def read(self, judge: Judge, raw: str, logprobs: Sequence[dict[str, Any]] | None = None) -> ParsedAnswer:
        """Raises Unparsed."""

    def combine(self, judge: Judge, calls: Sequence[JudgeCall]) -> Combined:
        """One verdict of all calls of a pair; what was read of them is left to right already.

        A call that failed has an error, and `raw` if it was answered. Raises Unparsed where failures leave no verdict.
        """


class SingleProtocol(PairProtocol, Protocol):
    """Rates one response by itself: what `read` gives has its points as the first of its scores, and no grade."""

    def messages_about(self, judge: Judge, prompt: Prompt, response: Response) -> list[Message]:
        """Raises JudgeInvalid."""


SINGLE: dict[str, SingleProtocol] = {"rating": rating, "fastchat_single": fastchat_single}
# Their verdicts compare scores, so that a grade alone would say nothing.
SCORED = {"evidence", "vicuna_bench", *SINGLE}
PROTOCOLS: dict[str, PairProtocol] = {
    "pairwise": pairwise,
    "ranking": ranking,
    "evidence": evidence,
    "logprob": logprob,
    "alpaca_eval": alpaca_eval,
    "fastchat_pair": fastchat_pair,
    "vicuna_bench": vicuna_bench,
    **SINGLE,
}


def of(judge: Judge) -> PairProtocol:
    """Raises JudgeInvalid for one that asks nobody, or by a protocol that the studio has no more."""
    try:
        return PROTOCOLS[judge.protocol]
    except KeyError:
        known = ", ".join(PROTOCOLS)
        raise JudgeInvalid(f"{judge.name}: its protocol {judge.protocol!r} is not one of {known}.") from None


def single(judge: Judge) -> SingleProtocol:
    """Raises JudgeInvalid for a judge that reads pairs only."""
    try:
        return SINGLE[judge.protocol]
    except KeyError:
        raise JudgeInvalid(f"{judge.name} compares two responses. Choose a judge that rates one by itself.") from None
