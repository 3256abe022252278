"""A row of a leaderboard for what a run measured of one author, and the verdicts that it rests on."""

import hashlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import transaction

from annotation import turns
from annotation.models import Author, Collection, Judgment, Prompt, Response
from training.evaluation.benchmarks.participants import Participants
from training.models import BenchmarkResult, BenchmarkVerdict, Run


class MeasuredFigures(NamedTuple):
    """One author's figures. `value` is the protocol's main figure in its published unit, within [low, high]."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    failed: int = 0
    ties: int = 0
    mean_length: float | None = None
    figures: dict[str, Any] = {}


class QuestionOutcome(NamedTuple):
    """One question's part in the figures: `value` on the protocol's scale, None where it failed."""

    prompt: int
    value: float | None
    response: Response | None = None
    baseline_response: Response | None = None
    judgment: Judgment | None = None
    details: dict[str, Any] = {}


@transaction.atomic
def record(
    run: Run,
    participants: Participants,
    author: Author,
    measured: MeasuredFigures,
    verdicts: Sequence[QuestionOutcome],
    against: str = "",
) -> BenchmarkResult:
    """The run's row of this author; measured again by the same run it is replaced.

    `against` names those whom it was compared with where that is no single baseline.
    """
    row, _ = BenchmarkResult.objects.update_or_create(
        run=run,
        benchmark=run.spec["settings"]["benchmark"],
        name=author.name,
        baseline=participants.baseline.name if participants.baseline else against,
        judge=known_as(participants),
        defaults=measured._asdict()
        | {
            "author": author,
            "baseline_author": participants.baseline,
            "judge_author": participants.judge_author,
            "collection": participants.collection,
            "prompts_digest": prompts_digest(participants.collection),
        },
    )
    row.verdicts.all().delete()
    BenchmarkVerdict.objects.bulk_create(
        BenchmarkVerdict(result=row, prompt_id=one.prompt, **{k: v for k, v in one._asdict().items() if k != "prompt"})
        for one in verdicts
    )
    return row


def known_as(participants: Participants) -> str:
    """What the judge is called on leaderboards: its published name, or with version and model; of both turns one."""
    return turns.of_all_turns(participants.judge_author.name)


def prompts_digest(collection: Collection) -> str:
    """SHA-256 in hex of the set's questions, in whichever order they were imported."""
    digests = Prompt.objects.filter(collection=collection).order_by("digest").values_list("digest", flat=True)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()
