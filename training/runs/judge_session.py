"""A judge at work for a run of any kind: what it is asked for, its budget, its progress on the run's row, its end."""

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Count, QuerySet, Sum

from annotation.judges.client.journal import discard_counts
from annotation.judges.config import registry
from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.judges.runs import over_pairs, over_responses
from annotation.judges.runs.frame import answers_of
from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.models import JudgeCall, Pair, Response
from studio.database.retry import patiently
from studio.words import counted, dollars
from training.models import Run
from training.runs.failures import RunFailed, RunStopped
from training.worker import transitions
from training.worker.renewal import Renewal


class JudgeProgress:
    """How far a run's judge is, on the run's row: not more often than a person can read it.

    `noun` is what it reads; `flagged` is how many of these flags hold back. A run that asks its judge in several
    `parts`, such as one for each comparison, says at first how many each has, and then where each begins.
    """

    EVERY_SECONDS = 0.5
    # Rates are of the last so many notes.
    NOTES = 40

    def __init__(
        self, renewal: Renewal, parts: Sequence[int] | None = None, *, noun: str = "pair", flagged: int = 0
    ) -> None:
        self.renewal, self.noun, self.flagged = renewal, noun, flagged
        self.total, self.has_parts = sum(parts or ()), parts is not None
        # Of the parts that have ended, of the present one, and of all.
        self.before = self.size = self.done = 0
        self.unworked, self.begins = 0, True
        # Questions that may be paid for twice: of parts that have ended, and of the present one.
        self.unheard = self.unheard_here = 0
        self.noted: deque[tuple[float, int, int]] = deque(maxlen=self.NOTES)

    @property
    def must_stop(self) -> bool:
        return self.renewal.must_stop

    def begin(self, size: int) -> None:
        """The next part, of so many; those before it have ended."""
        self.before, self.size, self.begins = self.before + self.size, size, True
        self.unheard, self.unheard_here = self.unheard + self.unheard_here, 0
        # A part in which nothing was asked makes nobody quicker.
        self.unworked += self.before - self.done
        self.report(self.before)

    def end(self) -> None:
        """The last part has ended."""
        self.report(self.total)

    def note(self, outcome: Outcome) -> None:
        if self.begins or time.monotonic() - self.noted[-1][0] >= self.EVERY_SECONDS:
            self.write(outcome)

    def write(self, outcome: Outcome) -> None:
        if not self.has_parts:
            self.total = self.size = outcome.pairs
        done = self.before + self.size - (outcome.pairs - outcome.done)
        if self.begins:
            # What was judged before is no work of now, and makes nobody quicker.
            self.unworked, self.begins = self.unworked + done - self.done, False
        self.unheard_here = outcome.unheard
        self.noted.append((time.monotonic(), outcome.calls, done - self.unworked))
        pace = self.pace(2)
        left = (self.total - done) / pace if pace else None
        self.report(done, rate=pace, eta_seconds=left, result=self.result(outcome))

    def report(self, done: int, **more: Any) -> None:
        self.done = done
        transitions.report(self.renewal.held, done=done, total=self.total, unit=f"{self.noun}s", **more)

    def result(self, outcome: Outcome) -> dict[str, Any]:
        told = {"calls_per_second": self.pace(1), "flagged": self.flagged, "unheard": self.unheard + outcome.unheard}
        return asdict(outcome) | told

    def pace(self, column: int) -> float | None:
        """Calls (1) or pairs (2) a second."""
        first, last = self.noted[0], self.noted[-1]
        seconds = last[0] - first[0]
        return round((last[column] - first[column]) / seconds, 2) if seconds else None


def named(judge: str) -> Judge:
    """Raises RunFailed for one that cannot be loaded."""
    try:
        return registry.ready(judge)
    except JudgeInvalid as error:
        raise RunFailed(str(error)) from error


def purpose_of(run: Run) -> str:
    """What its calls say that they were asked for."""
    return f"run {run.pk}"


def purpose(run: Run) -> Purpose:
    """What all questions of a run are asked for; its budget holds for all of them and all attempts together."""
    settings = run.spec["settings"]
    return Purpose(purpose_of(run), run.started_at, settings.get("budget") or None, settings.get("batch", False))


def judge_pairs(run: Run, judge: Judge, pairs: QuerySet[Pair], progress: JudgeProgress) -> Outcome:
    """The pairs that the judge has not judged yet. Raises RunStopped, RunFailed; what was answered is kept."""
    outcome = patiently(
        lambda: over_pairs.judge_pairs(
            judge,
            pairs,
            report=progress.note,
            should_stop=lambda: progress.must_stop,
            seed=run.spec["settings"].get("seed", 0),
            purpose=purpose(run),
        )
    )
    return concluded(run, judge, outcome, progress)


def rate_responses(run: Run, judge: Judge, responses: QuerySet[Response], progress: JudgeProgress) -> Outcome:
    """The responses that the judge has not rated yet. Raises as `judge_pairs`, and JudgeInvalid."""
    outcome = patiently(
        lambda: over_responses.rate_responses(
            judge,
            responses,
            report=progress.note,
            should_stop=lambda: progress.must_stop,
            purpose=purpose(run),
        )
    )
    return concluded(run, judge, outcome, progress)


def concluded(run: Run, judge: Judge, outcome: Outcome, progress: JudgeProgress) -> Outcome:
    """What was never heard of stands on the run's row, and nobody resumes the part: its journal is not needed."""
    settled(outcome, progress)
    discard_counts(answers_of(judge.author, purpose(run)))
    return outcome


def settled(outcome: Outcome, progress: JudgeProgress) -> None:
    """It stands on the run's row. Raises RunStopped or RunFailed unless the judge came to the end of its work."""
    patiently(lambda: progress.write(outcome))
    if progress.must_stop:
        raise RunStopped
    if outcome.out_of_budget:
        verb = "rated" if progress.noun == "response" else "judged"
        judged = f"{progress.done:,} of {counted(progress.total, progress.noun)} {verb}"
        paid = f"{dollars(outcome.price)} was paid, and the next call may cost more than is left."
        raise RunStopped(f"{outcome.stopped}: {judged}. {paid}")
    if outcome.stopped:
        raise RunFailed(outcome.stopped)


def spent(run: Run) -> dict[str, Any]:
    """Answers that this run asked for, what they cost in US dollars, and how many more may be paid for twice."""
    calls = JudgeCall.objects.filter(asked_for=purpose_of(run)).exclude(model="")
    unheard = Run.objects.filter(pk=run.pk).values_list("result__unheard", flat=True).first() or 0
    return calls.aggregate(calls=Count("pk"), price=Sum("price", default=0.0)) | {"unheard": unheard}
