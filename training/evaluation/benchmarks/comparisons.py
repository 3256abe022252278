"""Responses against the baseline's, question by question, under a judge that is asked what it has not judged yet."""

from studio.words import counted
from training.evaluation.benchmarks.answers import Answers
from training.evaluation.benchmarks.parties import Parties
from training.evaluation.benchmarks.results import OfPrompt
from training.evaluation.verdicts import Sides, verdicts
from training.models import Run
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress

SOURCE = "benchmark"


def both(ours: Answers, theirs: Answers) -> set[int]:
    """The questions that both have answered."""
    return ours.keys() & theirs.keys()


def played(
    run: Run, parties: Parties, ours: Answers, theirs: Answers, progress: JudgeProgress, *, partial: bool = False
) -> list[OfPrompt]:
    """The share won of each question that both answered.

    Raises RunFailed where verdicts cannot be had (with `partial` such questions are left out), Stopped.
    """
    sides = Sides(ours, theirs, parties.baseline)
    found = verdicts(run, progress, sides, parties.judge, parties.judge_author, SOURCE)
    differing = [prompt for prompt in sides.met if sides.differ(prompt)]
    unsaid = [prompt for prompt in differing if prompt not in found]
    if unsaid and not partial:
        raise RunFailed(
            f"{parties.judge_author} has judged {len(differing) - len(unsaid)} of {counted(len(differing), 'pair')}"
            " and cannot be asked for the rest. Import them with `manage.py import_data alpaca_annotations`, or choose"
            " a judge of the library."
        )
    return [
        OfPrompt(prompt, verdict.share, ours[prompt], theirs[prompt], verdict.judgment)
        for prompt, verdict in found.items()
    ]
