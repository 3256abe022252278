"""What an endpoint is asked for and what comes of it: an answer with what it cost, or a failure by name.

Nothing here needs the client library: it costs a second and 30 MB, and most processes never ask a judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

# Of one question, faults that pass; an endpoint's limit is no fault of the question and may hold longer.
ATTEMPTS = 8
LIMITED_ATTEMPTS = 20
# Seconds: for a connection, between two pieces of an answer, and for the whole of it.
CONNECTS = 15.0
TIMEOUT = 120.0
WHOLE = 900.0
# The longest wait that we choose ourselves. What the endpoint asks for is waited for up to PATIENCE.
LONGEST_WAIT = 60.0
PATIENCE = 600.0


class Fault(StrEnum):
    """Why a question has no answer."""

    KEY = "wrong key"
    MODEL = "model unknown"
    QUOTA = "quota used up"
    ADDRESS = "address refused"
    CONTEXT = "context too long"
    REFUSAL = "refusal"
    FILTER = "content filter"
    REQUEST = "request refused"
    RATE = "rate limit"
    TIMEOUT = "timeout"
    DOWN = "endpoint down"
    SERVER = "server error"
    CUT = "cut answer"
    MALFORMED = "malformed answer"
    GONE = "no endpoint left"


# No question at all would be answered there.
LEAVES = frozenset({Fault.KEY, Fault.MODEL, Fault.QUOTA, Fault.ADDRESS})
# The endpoint is well, and has nothing to say to this question.
OF_THE_QUESTION = frozenset({Fault.CONTEXT, Fault.REFUSAL, Fault.FILTER})


class CallFailed(Exception):
    """A question without an answer. `stops` where no other question would be answered either.

    `wait` is what the endpoint asks for, in seconds.
    """

    def __init__(
        self, message: str, fault: Fault = Fault.GONE, *, stops: bool = False, wait: float | None = None
    ) -> None:
        super().__init__(message)
        self.fault, self.stops, self.wait = fault, stops, wait


class BatchRefused(CallFailed):
    """An endpoint took a batch and could not do anything with it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the endpoint said, and which model it says it was. It is paid for, also where it says no.

    `share` is what it costs of the judge's price.
    """

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    latency: float
    logprobs: list[dict[str, Any]] | None = None
    endpoint: str = ""
    refusal: CallFailed | None = None
    share: float = 1.0
