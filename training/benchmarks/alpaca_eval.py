"""AlpacaEval: every author's responses against the baseline's, question by question under the judge."""

from typing import Any

import numpy as np

from annotation.judges import calling
from annotation.judges.loading import Judge
from annotation.models import Judgment, Pair
from training import claiming
from training.benchmarks import recording
from training.benchmarks.answers import Answers, answers, questions, whole
from training.benchmarks.parties import Parties
from training.benchmarks.recording import Measured, OfPrompt
from training.evaluation import NoFigure
from training.evaluation.alpaca_eval import average_length, win_rates
from training.failures import RunFailed, Stopped
from training.holding import Hold
from training.models import Run

SOURCE = "benchmark"
# The same words on both sides are a draw for which no judge is paid.
DRAW = 0.5


def measure(run: Run, parties: Parties, hold: Hold) -> dict[str, Any]:
    """A row for each author. Raises RunFailed, Stopped."""
    baseline, settings = parties.baseline, run.spec["settings"]
    if baseline is None:
        raise RunFailed("baseline: AlpacaEval compares with one. Give the id of its author.")
    answered = {author: answers(parties.collection, author) for author in [*parties.authors, baseline]}
    if not settings["partial"]:
        whole(parties.collection, answered)
    value: dict[str, float | None] = {}
    for done, author in enumerate(parties.authors):
        claiming.report(hold.held, done=done, total=len(parties.authors), unit="models")
        verdicts = judged(parties, answered[author], answered[baseline], hold, settings)
        measured = figures(verdicts, answered[author], len(questions(parties.collection)))
        value[author.name] = recording.record(run, parties, author, measured, verdicts).value
    claiming.report(hold.held, done=len(value), total=len(value), unit="models")
    return {"win_rates": value, "judge": recording.known_as(parties), "baseline": baseline.name}


def judged(parties: Parties, ours: Answers, theirs: Answers, hold: Hold, settings: dict[str, Any]) -> list[OfPrompt]:
    """The share won of each question that both answered. Raises RunFailed where verdicts cannot be had, Stopped."""
    met = [prompt for prompt in questions(parties.collection) if prompt in ours and prompt in theirs]
    pairs = paired(parties, [prompt for prompt in met if ours[prompt].digest != theirs[prompt].digest], ours, theirs)
    if parties.judge:
        ask(parties.judge, list(pairs.values()), hold, settings["seed"])
    current = Judgment.objects.filter(
        author=parties.judge_author, superseded_at=None, pair__in=[pair.pk for pair in pairs.values()]
    )
    said = {judgment.pair_id: judgment for judgment in current}
    unsaid = [prompt for prompt, pair in pairs.items() if pair.pk not in said]
    if unsaid and not settings["partial"]:
        raise RunFailed(
            f"{parties.judge_author} has judged {len(met) - len(unsaid)} of {len(met)} pairs and cannot be asked for"
            " the rest. Import them with `manage.py import_data alpaca_annotations`, or choose a judge of the library."
        )
    return [of_prompt(prompt, pairs.get(prompt), said, ours, theirs) for prompt in met if prompt not in set(unsaid)]


def paired(parties: Parties, prompts: list[int], ours: Answers, theirs: Answers) -> dict[int, Pair]:
    """One pair for each question, made if it is new."""
    sides = {prompt: sorted([ours[prompt].pk, theirs[prompt].pk]) for prompt in prompts}
    Pair.objects.bulk_create(
        (
            Pair(collection=parties.collection, prompt_id=prompt, left_id=left, right_id=right, source=SOURCE)
            for prompt, (left, right) in sides.items()
        ),
        ignore_conflicts=True,
    )
    stored = Pair.objects.filter(prompt__in=prompts)
    found = {(pair.left_id, pair.right_id): pair for pair in stored}
    return {prompt: found[left, right] for prompt, (left, right) in sides.items()}


def ask(judge: Judge, pairs: list[Pair], hold: Hold, seed: int) -> None:
    wanted = Pair.objects.filter(pk__in=[pair.pk for pair in pairs])
    outcome = calling.judge_pairs(judge, wanted, should_stop=lambda: hold.must_stop, seed=seed)
    if hold.must_stop:
        raise Stopped
    if outcome.stopped:
        raise RunFailed(outcome.stopped)


def of_prompt(prompt: int, pair: Pair | None, said: dict[int, Judgment], ours: Answers, theirs: Answers) -> OfPrompt:
    asked = OfPrompt(prompt, DRAW, response=ours[prompt], baseline_response=theirs[prompt])
    if pair is None:
        return asked
    judgment = said[pair.pk]
    won = share_won(judgment, pair.right_id == ours[prompt].pk)
    return asked._replace(value=won, judgment=judgment)


def share_won(judgment: Judgment, is_right: bool) -> float | None:
    """From 0 to 1 by the judge's preference, else 1, ½ or 0 by the side that its grade favours; None: it failed."""
    if judgment.grade is None:
        return None
    to_right = judgment.preference
    if to_right is None:
        to_right = (judgment.grade > 0) + (judgment.grade == 0) / 2
    return to_right if is_right else 1 - to_right


def figures(verdicts: list[OfPrompt], ours: Answers, n_questions: int) -> Measured:
    """Raises RunFailed where nothing was judged."""
    wins = np.array([np.nan if verdict.value is None else verdict.value for verdict in verdicts])
    try:
        rates = win_rates(wins)
    except NoFigure as error:
        raise RunFailed(f"{error}.") from error
    lengths = average_length([response.text for response in ours.values()])
    return Measured(
        value=rates["win_rate"],
        low=rates["low"],
        high=rates["high"],
        n=rates["n_total"],
        failed=rates["n_failed"],
        ties=rates["n_draws"],
        mean_length=lengths,
        figures=rates | {"avg_length": lengths, "n_missing": n_questions - len(verdicts)},
    )
