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
from annotation.judges.runs.outcomes import Purpose
from annotation.models import Version
from annotation.statistics.intervals import mean, mean_share
from training.evaluation import prompt_verdicts
from training.evaluation.prompt_verdicts import Verdict, Verdicts
from training.models import Checkpoint, Evaluation, Run
from training.runs import samples
from training.runs.failures import RunFailed, Stopped
from training.runs.judging import named, purpose_of
from training.runs.samples import Responses
from training.worker import transitions
from training.worker.renewal import Hold


class Task(NamedTuple):
    """One row of the table that is to be made, and the responses that it rests on."""

    checkpoint: Checkpoint
    baseline: Checkpoint | None
    control: bool
    decoding: str
    ours: Responses
    theirs: Responses | None


def evaluate(run: Run, hold: Hold) -> dict[str, Any]:
    """An Evaluation for each comparison and each way of decoding. Raises RunFailed, Stopped."""
    settings = run.spec["settings"]
    judge, prompts = named(settings["judge"]), samples.version_of(run, "prompts")
    asked = tasks(settings["comparisons"], prompts)
    for done, task in enumerate(asked):
        transitions.report(hold.held, done=done, total=len(asked), unit="comparisons")
        if hold.must_stop:
            raise Stopped
        verdicts = judged(task, judge, hold, Purpose(purpose_of(run), run.started_at))
        row = figures(verdicts, task) | {"judge": judge.author, "prompts": prompts}
        Evaluation.objects.update_or_create(
            run=run, checkpoint=task.checkpoint, baseline=task.baseline, decoding=task.decoding, defaults=row
        )
    transitions.report(hold.held, done=len(asked), total=len(asked), unit="comparisons")
    return {"evaluations": len(asked), "judge": judge.author.name}


def tasks(comparisons: Iterable[dict[str, Any]], prompts: Version) -> list[Task]:
    """Greedy decoding stands beside sampling where both of a comparison have such responses."""
    found = []
    for asked, decoding in product(comparisons, Evaluation.Decoding.values):
        checkpoint = known(asked["checkpoint"])
        baseline = known(asked["baseline"]) if asked["baseline"] else None
        ours = samples.responses_by(checkpoint, prompts, decoding)
        theirs = samples.responses_by(baseline, prompts, decoding) if baseline else None
        if ours and (baseline is None or theirs):
            found.append(Task(checkpoint, baseline, asked["control"], decoding, ours, theirs))
    if not found:
        raise RunFailed(f"No comparison has responses to {prompts} on both sides. Sample them first.")
    return found


def known(checkpoint: int) -> Checkpoint:
    try:
        return Checkpoint.objects.get(pk=checkpoint)
    except Checkpoint.DoesNotExist as error:
        raise RunFailed(f"comparisons: there is no checkpoint {checkpoint}.") from error


def judged(task: Task, judge: Judge, hold: Hold, purpose: Purpose) -> Verdicts:
    if is_program(judge):
        return prompt_verdicts.by_points(judge, task.ours, task.theirs)
    if task.baseline is None or task.theirs is None:
        raise RunFailed(f"{judge.title} compares two responses: name a baseline for {task.checkpoint}.")
    sides = (task.checkpoint, task.baseline)
    return prompt_verdicts.by_grades(judge, sides, (task.ours, task.theirs), lambda: hold.must_stop, purpose)


def is_program(judge: Judge) -> bool:
    """Programs give points to single responses; models only read pairs."""
    return judge.protocol == "program"


def figures(verdicts: Verdicts, task: Task) -> dict[str, Any]:
    """The row: rates and points with their intervals over prompts."""
    won = [verdict.won for verdict in verdicts.values() if verdict.won is not None]
    points = [verdict.points for verdict in verdicts.values() if verdict.points is not None]
    rate, score = mean_share(won) if won else None, mean(points)
    texts = [text for answers in task.ours.values() for text in answers]
    return {
        "protocol": "points" if points else "grades",
        "is_control": task.control,
        "n": len(verdicts),
        "wins": sum(share > 0.5 for share in won),
        "losses": sum(share < 0.5 for share in won),
        "ties": sum(share == 0.5 for share in won),
        "failed": len(task.ours) - len(verdicts),
        "win_rate": rate.estimate if rate else None,
        "win_rate_low": rate.low if rate else None,
        "win_rate_high": rate.high if rate else None,
        "score": fmean(points) if points else None,
        "score_low": score.low if score else None,
        "score_high": score.high if score else None,
        "mean_length": fmean(map(len, texts)),
        "details": details(verdicts.values()),
    }


def details(verdicts: Iterable[Verdict]) -> dict[str, Any]:
    """Points minus the baseline's, paired by prompt: the two share their hard prompts, so this is the sharper test.

    Without an interval where there is none: every prompt gained the same, or there is one only.
    """
    pairs = [(one.points, one.others) for one in verdicts if one.points is not None and one.others is not None]
    gains = [points - others for points, others in pairs]
    if not gains:
        return {}
    apart = mean(gains)
    ends = {"low": apart.low, "high": apart.high} if apart else {"low": None, "high": None}
    return {"difference": {"estimate": fmean(gains), **ends, "n": len(gains)}}
