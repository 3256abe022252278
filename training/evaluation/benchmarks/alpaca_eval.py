"""AlpacaEval: every author's responses against the baseline's; raw, discrete and length-controlled win rates."""

from typing import Any

import numpy as np

from annotation.models import Author, Prompt
from training.evaluation import NoFigure
from training.evaluation.benchmarks import length, results
from training.evaluation.benchmarks.answers import Answers, answers, whole
from training.evaluation.benchmarks.comparisons import both, judged
from training.evaluation.benchmarks.length import ControlInputs
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.results import MeasuredFigures, QuestionOutcome
from training.evaluation.figures.alpaca_eval import average_length, win_rates
from training.evaluation.figures.length_control import Remedies, control, control_interval
from training.models import Run
from training.runs import judge_session
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress
from training.worker.renewal import Renewal


def measure(run: Run, participants: Participants, renewal: Renewal) -> dict[str, Any]:
    """A row for each author. Raises RunFailed, RunStopped."""
    baseline, settings = participants.baseline, run.spec["settings"]
    if baseline is None:
        raise RunFailed("baseline: AlpacaEval compares with one. Give the id of its author.")
    gamed = list(Author.objects.filter(pk__in=settings["gamed"]))
    answered = {
        author: answers(participants.collection, author) for author in [*participants.authors, *gamed, baseline]
    }
    if not settings["partial"]:
        whole(participants.collection, answered)
    digests = dict(Prompt.objects.filter(collection=participants.collection).values_list("pk", "digest"))

    parts = [len(both(answered[author], answered[baseline])) for author in [*gamed, *participants.authors]]
    progress = JudgeProgress(renewal, parts)

    def verdicts_of(author: Author) -> list[QuestionOutcome]:
        ours, theirs = answered[author], answered[baseline]
        return judged(run, participants, ours, theirs, progress, partial=settings["partial"])

    inputs = length.inputs_of(participants.collection)
    if gamed:
        rows = [length.gamed_rows(length.comparisons(verdicts_of(one), digests), inputs.difficulty) for one in gamed]
        inputs = inputs._replace(gamed=[row for of_author in rows for row in of_author])
    found: dict[str, float | None] = {}
    for author in participants.authors:
        verdicts = verdicts_of(author)
        measured = figures(verdicts, answered[author], len(digests))
        controlled = length_figures(verdicts, digests, inputs, settings, length.remedies(participants.collection))
        measured = measured._replace(figures=measured.figures | controlled)
        found[author.name] = results.record(run, participants, author, measured, verdicts).value
    progress.end()
    told = {"win_rates": found, "judge": results.known_as(participants), "baseline": baseline.name}
    return told | judge_session.spent(run)


def figures(verdicts: list[QuestionOutcome], ours: Answers, n_questions: int) -> MeasuredFigures:
    """Raises RunFailed where nothing was judged."""
    wins = np.array([np.nan if verdict.value is None else verdict.value for verdict in verdicts])
    try:
        rates = win_rates(wins)
    except NoFigure as error:
        raise RunFailed(f"{error}.") from error
    lengths = average_length([response.text for response in ours.values()])
    return MeasuredFigures(
        value=rates["win_rate"],
        low=rates["low"],
        high=rates["high"],
        n=rates["n_total"],
        failed=rates["n_failed"],
        ties=rates["n_draws"],
        mean_length=lengths,
        figures=rates | {"avg_length": lengths, "n_missing": n_questions - len(verdicts)},
    )


def length_figures(
    verdicts: list[QuestionOutcome],
    digests: dict[int, str],
    inputs: ControlInputs,
    settings: dict[str, Any],
    remedies: Remedies,
) -> dict[str, Any]:
    """The length-controlled win rate under its published names, its interval, and the fit that it comes from."""
    compared = length.comparisons(verdicts, digests)
    controlled = control(compared, inputs.difficulty, inputs.gamed, settings["l1_c"], remedies)
    fit = controlled.fit
    low, high = control_interval(compared, inputs.difficulty, inputs.gamed, float(controlled.rates.mean()))
    weights = {"length": fit.length, "difficulty": fit.difficulty, "model": fit.model}
    return controlled.row() | {"lc_low": low, "lc_high": high, "lc_weights": weights}
