"""Responses against the baseline's, question by question, under a judge that is asked what it has not judged yet."""

from studio.words import counted
from training.evaluation.benchmarks.answers import Answers
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.results import QuestionOutcome
from training.evaluation.verdicts import Sides, verdicts
from training.models import Run
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress

SOURCE = "benchmark"


def both(ours: Answers, theirs: Answers) -> set[int]:
    """The questions that both have answered."""
    return ours.keys() & theirs.keys()


def judged(
    run: Run,
    participants: Participants,
    ours: Answers,
    theirs: Answers,
    progress: JudgeProgress,
    *,
    partial: bool = False,
) -> list[QuestionOutcome]:
    """The share won of each question that both answered.

    Raises RunFailed where verdicts cannot be had (with `partial` such questions are left out), RunStopped.
    """
    sides = Sides(ours, theirs, participants.baseline)
    found = verdicts(run, progress, sides, participants.judge, participants.judge_author, SOURCE)
    differing = [prompt for prompt in sides.shared if sides.differ(prompt)]
    unsaid = [prompt for prompt in differing if prompt not in found]
    if unsaid and not partial:
        n_judged = len(differing) - len(unsaid)
        raise RunFailed(
            f"{participants.judge_author} has judged {n_judged} of {counted(len(differing), 'pair')}"
            " and cannot be asked for the rest. Import them with `manage.py import_data alpaca_annotations`, or choose"
            " a judge of the library."
        )
    return [
        QuestionOutcome(prompt, verdict.share, ours[prompt], theirs[prompt], verdict.judgment)
        for prompt, verdict in found.items()
    ]
