"""A run that compares checkpoints on held-out prompts under a judge.

Whoever launches it chooses a judge that taught none of them: nothing here knows which judge made the preferences.
A prompt counts once, however many responses it has, and intervals are over prompts: two responses to one prompt are no
two findings.
"""

from collections.abc import Iterable
from itertools import product
from statistics import fmean
from typing import Any, NamedTuple

from annotation.judges.config.registry import Judge
from annotation.models import Response, Version, win_share
from annotation.models.responses import text_digest
from annotation.statistics.intervals import mean, mean_share
from training.evaluation.ratings import PromptRatings, by_ratings
from training.evaluation.verdicts import Sides, verdicts
from training.models import Checkpoint, Evaluation, Run
from training.runs import judge_session, samples
from training.runs.failures import RunFailed, RunStopped
from training.runs.judge_session import JudgeProgress
from training.runs.samples import Responses
from training.runs.staged_rows import storable
from training.worker.renewal import Renewal

SOURCE = "evaluation"


class PlannedRow(NamedTuple):
    """A row of the table of evaluations that is to be made, and the responses that it rests on."""

    checkpoint: Checkpoint
    baseline: Checkpoint | None
    control: bool
    decoding: str
    ours: Responses
    theirs: Responses | None

    @property
    def prompts(self) -> set[int]:
        """Those that all who are compared have answered."""
        return set(self.ours if self.theirs is None else self.ours.keys() & self.theirs.keys())


def evaluate(run: Run, renewal: Renewal) -> dict[str, Any]:
    """An Evaluation for each comparison and each way of decoding. Raises RunFailed, RunStopped."""
    settings = run.spec["settings"]
    judge, prompts = judge_session.named(settings["judge"]), samples.version_of(run, "prompts")
    rows = planned(settings["comparisons"], prompts)
    noun = "prompt" if is_program(judge) else "pair"
    progress = JudgeProgress(renewal, [len(row.prompts) for row in rows], noun=noun)
    for row in rows:
        if renewal.must_stop:
            raise RunStopped
        found = figures(judged(run, row, judge, progress), row) | {"judge": judge.author, "prompts": prompts}
        Evaluation.objects.update_or_create(
            run=run, checkpoint=row.checkpoint, baseline=row.baseline, decoding=row.decoding, defaults=found
        )
    progress.end()
    return {"evaluations": len(rows), "judge": judge.author.name} | judge_session.spent(run)


def planned(comparisons: Iterable[dict[str, Any]], prompts: Version) -> list[PlannedRow]:
    """Greedy decoding stands beside sampling where both of a comparison have such responses."""
    found = []
    for asked, decoding in product(comparisons, Evaluation.Decoding.values):
        checkpoint = known(asked["checkpoint"])
        baseline = known(asked["baseline"]) if asked["baseline"] else None
        ours = samples.responses_by(checkpoint, prompts, decoding)
        theirs = samples.responses_by(baseline, prompts, decoding) if baseline else None
        if ours and (baseline is None or theirs):
            found.append(PlannedRow(checkpoint, baseline, asked["control"], decoding, ours, theirs))
    if not found:
        raise RunFailed(f"No comparison has responses to {prompts} on both sides. Sample them first.")
    return found


def known(checkpoint: int) -> Checkpoint:
    try:
        return Checkpoint.objects.get(pk=checkpoint)
    except Checkpoint.DoesNotExist as error:
        raise RunFailed(f"comparisons: there is no checkpoint {checkpoint}.") from error


def judged(run: Run, row: PlannedRow, judge: Judge, progress: JudgeProgress) -> dict[int, PromptRatings]:
    if is_program(judge):
        progress.begin(len(row.prompts))
        return by_ratings(judge, row.ours, row.theirs)
    if row.baseline is None or row.theirs is None:
        raise RunFailed(f"{judge.title} compares two responses: name a baseline for {row.checkpoint}.")
    ours, theirs = first_responses(row.checkpoint, row.ours), first_responses(row.baseline, row.theirs)
    sides = Sides(ours, theirs, row.baseline.author)
    found = verdicts(run, progress, sides, judge, judge.author, SOURCE)
    return {prompt: PromptRatings(verdict.share) for prompt, verdict in found.items() if verdict.share is not None}


def first_responses(checkpoint: Checkpoint, texts: Responses) -> dict[int, Response]:
    """The stored response of each prompt that stands first in the sampling run's file."""
    first = {(prompt, text_digest(storable(answers[0]))) for prompt, answers in texts.items()}
    stored = Response.objects.filter(author=checkpoint.author_id, prompt__in=texts).defer("search")
    return {response.prompt_id: response for response in stored if (response.prompt_id, response.digest) in first}


def is_program(judge: Judge) -> bool:
    """Programs rate single responses; models only read pairs."""
    return judge.protocol == "program"


def figures(found: dict[int, PromptRatings], row: PlannedRow) -> dict[str, Any]:
    """The row's figures: rates and ratings with their intervals over prompts."""
    won = [one.won for one in found.values() if one.won is not None]
    ratings = [one.ours for one in found.values() if one.ours is not None]
    outcomes = [win_share.outcome(share) for share in won]
    rate, score = mean_share(won) if won else None, mean(ratings)
    texts = [text for answers in row.ours.values() for text in answers]
    return {
        "protocol": "ratings" if ratings else "grades",
        "is_control": row.control,
        "n": len(found),
        "wins": outcomes.count("won"),
        "losses": outcomes.count("lost"),
        "ties": outcomes.count("tied"),
        "failed": len(row.ours) - len(found),
        "win_rate": rate.estimate if rate else None,
        "win_rate_low": rate.low if rate else None,
        "win_rate_high": rate.high if rate else None,
        "score": fmean(ratings) if ratings else None,
        "score_low": score.low if score else None,
        "score_high": score.high if score else None,
        "mean_length": fmean(map(len, texts)),
        "details": details(found.values()),
    }


def details(found: Iterable[PromptRatings]) -> dict[str, Any]:
    """Ratings minus the baseline's, paired by prompt: the two share their hard prompts, so this is the sharper test.

    Without an interval where there is none: every prompt gained the same, or there is one only.
    """
    pairs = [(one.ours, one.theirs) for one in found if one.ours is not None and one.theirs is not None]
    gains = [ours - theirs for ours, theirs in pairs]
    if not gains:
        return {}
    apart = mean(gains)
    ends = {"low": apart.low, "high": apart.high} if apart else {"low": None, "high": None}
    return {"difference": {"estimate": fmean(gains), **ends, "n": len(gains)}}
