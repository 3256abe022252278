"""Vicuna-bench: two scores for each question, calibrated over orders and samples, their sums and their ratio.

A judge with evidence first and both orders (EC and BPC of arXiv 2305.17926) shows where its verdicts vary: the
questions on which they vary most are named for people to judge.
"""

from collections.abc import Sequence
from math import ceil
from statistics import fmean
from typing import Any, NamedTuple

from annotation.models import Author, JudgeCall, Prompt, Shown
from studio.words import counted
from training.evaluation.benchmarks import comparisons, results
from training.evaluation.benchmarks.answers import Answers, answers, whole
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.results import MeasuredFigures, QuestionOutcome
from training.evaluation.benchmarks.two_turns import mean_length
from training.evaluation.figures.vicuna_bench import Scores, calibrated, conflict_rate, outcome, totals
from training.models import Run
from training.runs import judge_session
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress
from training.worker.renewal import Renewal

# The share of questions that people judge where the judge's verdicts vary most, as in the paper.
FOR_PEOPLE = 0.2


class ReviewedQuestion(NamedTuple):
    """A question with its scores, the baseline's first; None where the judge failed. Entropy is in nats."""

    verdict: QuestionOutcome
    scores: Scores | None
    as_given: list[Scores]
    exchanged: list[Scores]
    was_unparsed: bool
    by_hand: bool

    @property
    def entropy(self) -> float | None:
        both = self.as_given and self.exchanged
        return calibrated(self.as_given, printed(self.exchanged)).entropy if both else None

    @property
    def of_prompt(self) -> QuestionOutcome:
        if self.verdict.judgment is None:
            return self.verdict
        value = outcome(self.scores) if self.scores else None
        told = {"scores": list(self.scores) if self.scores else None, "entropy": self.entropy}
        return self.verdict._replace(value=value, details=told)


def measure(run: Run, participants: Participants, renewal: Renewal) -> dict[str, Any]:
    """A row for each author, relative to the baseline. Raises RunFailed, RunStopped."""
    baseline, settings = participants.baseline, run.spec["settings"]
    if baseline is None:
        raise RunFailed("baseline: Vicuna-bench scores two answers side by side. Give the id of the other author.")
    answered = {author: answers(participants.collection, author) for author in [*participants.authors, baseline]}
    if not settings["partial"]:
        whole(participants.collection, answered)
    categories = dict(Prompt.objects.filter(collection=participants.collection).values_list("pk", "category"))
    found: dict[str, float | None] = {}
    theirs = answered[baseline]
    progress = JudgeProgress(renewal, [len(comparisons.both(answered[one], theirs)) for one in participants.authors])
    for author in participants.authors:
        ours = answered[author]
        verdicts = comparisons.judged(run, participants, ours, theirs, progress, partial=True)
        refuse_unjudged(participants, author, verdicts, len(comparisons.both(ours, theirs)), settings["partial"])
        reviewed = [review(verdict) for verdict in with_calls(verdicts)]
        measured = figures(reviewed, ours, categories)
        row = results.record(run, participants, author, measured, [one.of_prompt for one in reviewed])
        found[author.name] = row.value
    progress.end()
    told = {"relative_scores": found, "judge": results.known_as(participants), "baseline": baseline.name}
    return told | judge_session.spent(run)


def refuse_unjudged(
    participants: Participants, author: Author, verdicts: Sequence[QuestionOutcome], answered: int, partial: bool
) -> None:
    if not verdicts or (len(verdicts) < answered and not partial):
        raise RunFailed(
            f"{participants.judge_author} has judged {len(verdicts)} of {counted(answered, 'pair')} of {author}, and"
            " cannot be asked for the rest. Import them with `manage.py import_data vicuna_reviews`, or choose a judge"
            " that can be asked."
        )


def with_calls(verdicts: Sequence[QuestionOutcome]) -> list[tuple[QuestionOutcome, list[JudgeCall]]]:
    """Each verdict with the answers that its judgment rests on."""
    judgments = [verdict.judgment.pk for verdict in verdicts if verdict.judgment]
    calls: dict[int | None, list[JudgeCall]] = {}
    for call in JudgeCall.objects.filter(judgment__in=judgments).defer("raw", "logprobs").order_by("pk"):
        calls.setdefault(call.judgment_id, []).append(call)
    return [(verdict, calls.get(verdict.judgment.pk, []) if verdict.judgment else []) for verdict in verdicts]


def review(found: tuple[QuestionOutcome, list[JudgeCall]]) -> ReviewedQuestion:
    verdict, calls = found
    read = [(call.shown, scores) for call in calls if (scores := scores_of(call.scores, verdict)) and not call.error]
    judged = verdict.judgment.details.get("scores") if verdict.judgment else None
    scores = scores_of(judged, verdict)
    if scores is None and read and verdict.value is not None:
        scores = fmean(a for _, (a, _) in read), fmean(b for _, (_, b) in read)
    return ReviewedQuestion(
        verdict,
        scores if verdict.value is not None else None,
        [given for shown, given in read if shown == Shown.LEFT_FIRST],
        [given for shown, given in read if shown == Shown.RIGHT_FIRST],
        any(call.error or call.repaired_at for call in calls),
        verdict.value is not None and any(call.repaired_at for call in calls),
    )


def scores_of(stored: list[float] | None, verdict: QuestionOutcome) -> Scores | None:
    """Stored left to right; the baseline's first here."""
    if not stored or None in stored or not verdict.judgment or not verdict.response:
        return None
    left, right = stored
    return (left, right) if verdict.judgment.pair.right_id == verdict.response.pk else (right, left)


def printed(exchanged: Sequence[Scores]) -> list[Scores]:
    """As the judge wrote them, the answer that it was shown first first."""
    return [(b, a) for a, b in exchanged]


def figures(reviewed: Sequence[ReviewedQuestion], ours: Answers, categories: dict[int, str]) -> MeasuredFigures:
    scored = [one.scores for one in reviewed if one.scores]
    found = totals(scored)
    failed = sum(one.verdict.value is None for one in reviewed)
    unparsed = {
        "unparsed": sum(one.was_unparsed for one in reviewed),
        "unparsed_scored_by_hand": sum(one.by_hand for one in reviewed),
        "unscored": failed,
    }
    return MeasuredFigures(
        value=found["relative_score"],
        low=None,
        high=None,
        n=len(scored),
        failed=failed,
        ties=found["tie"],
        mean_length=mean_length(ours.values()),
        figures=found | unparsed | varying(reviewed) | {"by_category": by_category(reviewed, categories)},
    )


def varying(reviewed: Sequence[ReviewedQuestion]) -> dict[str, Any]:
    """Where the verdict changes with the order, and the questions on which it varies most."""
    both = [one for one in reviewed if one.as_given and one.exchanged]
    means = [(mean(one.as_given), mean(printed(one.exchanged))) for one in both]
    most = sorted((one for one in both if one.entropy), key=lambda one: -(one.entropy or 0))
    return {
        "conflict_rate": conflict_rate([a for a, _ in means], [b for _, b in means]) if means else None,
        "for_people": [
            {"prompt": one.verdict.prompt, "pair": one.verdict.judgment.pair_id, "entropy": one.entropy}
            for one in most[: ceil(FOR_PEOPLE * len(reviewed))]
            if one.verdict.judgment
        ],
    }


def mean(scores: Sequence[Scores]) -> Scores:
    return fmean(a for a, _ in scores), fmean(b for _, b in scores)


def by_category(reviewed: Sequence[ReviewedQuestion], categories: dict[int, str]) -> dict[str, float | None]:
    """The relative score of each category."""
    grouped: dict[str, list[Scores]] = {}
    for one in reviewed:
        if one.scores:
            grouped.setdefault(categories[one.verdict.prompt], []).append(one.scores)
    return {name: totals(scores)["relative_score"] for name, scores in sorted(grouped.items())}
