"""What a judge says of two checkpoints' responses, prompt by prompt: points where it gives them, grades where not."""

from collections.abc import Callable
from itertools import product
from statistics import fmean
from typing import NamedTuple

from annotation.judges.config.registry import Judge
from annotation.judges.runs import over_pairs, programs
from annotation.judges.runs.outcomes import UNNAMED, Purpose
from annotation.models import Judgment, Pair, Prompt, Response
from annotation.models.responses import text_digest
from studio.database.retry import patiently
from training.models import Checkpoint
from training.runs.failures import RunFailed, Stopped
from training.runs.ingest import storable
from training.runs.samples import Responses

SOURCE = "evaluation"


class Verdict(NamedTuple):
    """Of one prompt: how far the checkpoint won, from 0 to 1, and the mean points of both, where there are any."""

    won: float | None
    points: float | None = None
    others: float | None = None


Verdicts = dict[int, Verdict]


def by_points(judge: Judge, ours: Responses, theirs: Responses | None) -> Verdicts:
    """Every response gets its points; of each prompt all of ours meet all of theirs, and equal points are half a win.

    Prompts that the judge cannot read are left out.
    """
    texts = dict(Prompt.objects.filter(pk__in=ours).values_list("pk", "text"))
    found: Verdicts = {}
    for prompt, text in texts.items():
        mine = points(judge, text, ours[prompt])
        others = points(judge, text, theirs.get(prompt, [])) if theirs is not None else []
        if mine and (others or theirs is None):
            found[prompt] = Verdict(share_won(mine, others), fmean(mine), fmean(others) if others else None)
    return found


def points(judge: Judge, prompt: str, responses: list[str]) -> list[float]:
    given = [programs.score(judge, prompt, response) for response in responses]
    return [value for value in given if value is not None]


def share_won(mine: list[float], others: list[float]) -> float | None:
    meetings = [(one > other) + (one == other) / 2 for one, other in product(mine, others)]
    return fmean(meetings) if meetings else None


def by_grades(
    judge: Judge,
    sides: tuple[Checkpoint, Checkpoint],
    texts: tuple[Responses, Responses],
    stop: Callable[[], bool],
    purpose: Purpose = UNNAMED,
) -> Verdicts:
    """One pair of each prompt, the first response of either side; a failed reading leaves the prompt out.

    Raises RunFailed where the judge stops answering, Stopped.
    """
    ours, theirs = (first_responses(side, found) for side, found in zip(sides, texts, strict=True))
    met = [prompt for prompt in ours.keys() & theirs if ours[prompt].digest != theirs[prompt].digest]
    pairs = {prompt: Pair.of(ours[prompt], theirs[prompt], source=SOURCE) for prompt in sorted(met)}
    wanted = Pair.objects.filter(pk__in=[pair.pk for pair in pairs.values()])
    outcome = patiently(lambda: over_pairs.judge_pairs(judge, wanted, should_stop=stop, purpose=purpose))
    if stop():
        raise Stopped
    if outcome.stopped:
        raise RunFailed(outcome.stopped)
    current = Judgment.objects.filter(author=judge.author, superseded_at=None, pair__in=pairs.values())
    grades = {judgment.pair_id: judgment.grade for judgment in current if judgment.grade is not None}
    judged = {prompt: (grades[pair.pk], pair) for prompt, pair in pairs.items() if pair.pk in grades}
    # The same words on both sides are a tie that nobody need be paid for.
    alike = {prompt: Verdict(0.5) for prompt in ours.keys() & theirs - pairs.keys()}
    return alike | {prompt: Verdict(won(grade, pair, ours[prompt])) for prompt, (grade, pair) in judged.items()}


def won(grade: int, pair: Pair, response: Response) -> float:
    """1, ½ or 0. A positive grade says that the right response is better."""
    ours = grade if pair.right_id == response.pk else -grade
    return (ours > 0) + (ours == 0) / 2


def first_responses(checkpoint: Checkpoint, texts: Responses) -> dict[int, Response]:
    """The stored response of each prompt that stands first in the sampling run's file."""
    first = {(prompt, text_digest(storable(answers[0]))) for prompt, answers in texts.items()}
    stored = Response.objects.filter(author=checkpoint.author_id, prompt__in=texts).select_related("prompt")
    return {response.prompt_id: response for response in stored if (response.prompt_id, response.digest) in first}
