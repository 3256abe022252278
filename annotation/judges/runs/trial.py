"""A few pairs put to a judge, and everything shown: what was sent, what came back, how it was read, what it cost.

Nothing is judged by it. The answers are kept, so that a run that follows need not pay for them again.
"""

import time
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet

from annotation.judges.config.registry import Judge
from annotation.judges.runs import programs
from annotation.judges.runs.chat_pairs import PairJudging
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.judges.runs.over_pairs import unjudged
from annotation.judges.runs.questions import Question, alike, questions
from annotation.models import JudgeCall, Pair
from annotation.review.judgments import Verdict

PAIRS = 5
ASKED_FOR = "trial"
# A page waits for it; what is not answered by then is left alone.
SECONDS = 90.0


class TriedQuestion(NamedTuple):
    """A question and its answer; None where none came in time."""

    question: Question
    call: JudgeCall | None


@dataclass(frozen=True)
class TriedPair:
    """One pair with all that was asked about it, and what a run would have recorded."""

    pair: Pair
    asked: list[TriedQuestion]
    verdict: Verdict | None

    @property
    def price(self) -> float:
        return sum(one.call.price for one in self.asked if one.call)


@dataclass(frozen=True)
class Trial:
    """`stopped` says why it ended before its time; else it is empty."""

    tried: list[TriedPair]
    outcome: Outcome
    stopped: str = ""


def try_out(judge: Judge, pairs: QuerySet[Pair], count: int = PAIRS) -> Trial:
    """The first pairs that wait for a verdict. Raises JudgeInvalid."""
    author, outcome = judge.author, Outcome()
    chosen = list(unjudged(pairs, author)[:count])
    if judge.protocol == "program":
        return Trial([TriedPair(pair, [], programs.verdict(judge, pair)) for pair in chosen], outcome)
    deadline, found = time.monotonic() + SECONDS, dict[int, Verdict]()
    reading = PairJudging(judge, author, outcome, lambda: False, Purpose(ASKED_FOR), gives_up=True)
    with closing(reading.rounds(iter(chosen))) as given:
        for verdicts in given:
            found |= {verdict.pair_id: verdict for verdict in verdicts}
            if time.monotonic() > deadline:
                outcome.stopped = f"Not every answer came within {SECONDS:.0f} s."
                break
    return Trial([tried(judge, pair, found.get(pair.pk)) for pair in chosen], outcome, outcome.stopped)


def tried(judge: Judge, pair: Pair, verdict: Verdict | None) -> TriedPair:
    stored = JudgeCall.objects.filter(pk__in=verdict.calls if verdict else ())
    calls = {(call.shown, call.sample): call for call in stored}
    asked = [] if alike(pair) else list(questions(judge, pair))
    return TriedPair(
        pair, [TriedQuestion(question, calls.get((question.shown, question.sample))) for question in asked], verdict
    )
