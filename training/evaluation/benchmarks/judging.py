"""A benchmark's judge at work: within the run's budget, its progress on the run's row, every answer paid for once."""

from typing import Any

from django.db.models import Count, Sum

from annotation.judges.runs.outcomes import Outcome, Purpose
from annotation.models import JudgeCall
from training.models import Run
from training.runs.failures import RunFailed, Stopped
from training.runs.judging import purpose_of
from training.worker.renewal import Hold


def purpose(run: Run) -> Purpose:
    """What all of the run's questions are asked for; its budget holds for all of them together."""
    return Purpose(purpose_of(run), run.started_at, run.spec["settings"].get("budget") or None)


def settle(outcome: Outcome, hold: Hold) -> None:
    """Raises Stopped or RunFailed unless the judge came to the end of what it was asked."""
    if hold.must_stop:
        raise Stopped
    if outcome.out_of_budget:
        raise Stopped(f"{outcome.stopped}: {outcome.done:,} of {outcome.pairs:,} judged. What is judged is kept.")
    if outcome.stopped:
        raise RunFailed(outcome.stopped)


def spent(run: Run) -> dict[str, Any]:
    """Answers that this run asked for, and what they cost in US dollars."""
    calls = JudgeCall.objects.filter(asked_for=purpose_of(run))
    return calls.aggregate(calls=Count("pk"), price=Sum("price", default=0.0))
