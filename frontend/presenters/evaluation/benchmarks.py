"""One result of a benchmark in points as its pages show it: by category and turn, and question by question."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from annotation import turns
from annotation.models import Author, JudgeCall, Judgment, Shown, win_share
from training.evaluation.figures.mt_bench import CATEGORIES
from training.models import BenchmarkResult, BenchmarkVerdict

# Of models in one radar: as many as there are colours.
MOST = 6
POINTS, SHARE = 10.0, 1.0


@dataclass(frozen=True)
class CategoryCell:
    """A category's mean, and its two turns where they are known."""

    value: float | None
    turn_1: float | None = None
    turn_2: float | None = None


@dataclass(frozen=True)
class ByCategory:
    """Rows of a table and axes of its radar; `series` has a column for each result."""

    names: list[str]
    series: list[tuple[str, list[float | None]]]
    rows: list[tuple[str, list[CategoryCell]]]
    highest: float


def by_category(results: Sequence[BenchmarkResult]) -> ByCategory | None:
    """The published categories in their order, then a set's own; None where none of the results has any."""
    told = [result.figures.get("by_category", {}) for result in results]
    found = {name for of_result in told for name in of_result}
    if not found:
        return None
    names = [name for name in CATEGORIES if name in found] + sorted(found - set(CATEGORIES))
    values = [[of_result.get(name) for name in names] for of_result in told]
    rows = [(name, [cell(result, name) for result in results]) for name in names]
    series = [(result.name, column) for result, column in zip(results, values, strict=True)]
    return ByCategory(names, series, rows, rim(results[0], [value for column in values for value in column]))


def cell(result: BenchmarkResult, category: str) -> CategoryCell:
    by_turn = result.figures.get("by_category_and_turn", {}).get(category, {})
    return CategoryCell(
        result.figures.get("by_category", {}).get(category), by_turn.get("turn_1"), by_turn.get("turn_2")
    )


def rim(result: BenchmarkResult, values: Sequence[float | None]) -> float:
    """Points end at 10 and shares at 1; a relative score has no end, so a round number holds the highest."""
    if result.kind.unit == "points":
        return SHARE if is_pair(result) else POINTS
    return max(100.0, *(-(-value // 20) * 20 for value in values if value is not None))


def is_pair(result: BenchmarkResult) -> bool:
    return bool(result.figures.get("mode") == "pair")


# One question


@dataclass(frozen=True)
class JudgeAnswer:
    """What a judge said of a turn: points, or how it went for whom the page is about; and its text."""

    words: str
    text: str
    error: str
    order: str
    call: int
    model: str
    repaired_by: str

    @property
    def failed(self) -> bool:
        return bool(self.error)


@dataclass(frozen=True)
class ShownTurn:
    """A question, what was answered to it (one name and text for each side), the reference, and the judges' words."""

    number: int
    question: str
    answers: list[tuple[str, str, str]]
    reference: str
    said: list[JudgeAnswer]


def turns_of(verdict: BenchmarkVerdict, rivals: Sequence[Any]) -> list[ShownTurn]:
    """Both turns of a question. `rivals` are the other responses, which the judge compared with this one."""
    metadata = verdict.prompt.metadata
    questions = turns.asked(metadata, verdict.prompt.messages[-1]["content"])
    references = metadata.get("reference") or []
    listed = [references] if isinstance(references, str) else list(references)
    responses = [response for response in [verdict.response, *rivals] if response]
    letters = ["a", "b"] if len(responses) == 2 else [""] * len(responses)
    calls = calls_of(verdict)
    found = []
    for number, question in enumerate(questions, start=1):
        answers = [
            (letter, response.author.name, answer_at(response, number))
            for letter, response in zip(letters, responses, strict=True)
        ]
        reference = listed[number - 1] if number <= len(listed) else ""
        own = [said(call, verdict) for call in calls if turn_of(call.author) in (number, None)]
        found.append(ShownTurn(number, question, answers, reference, own))
    return found


def answer_at(response: Any, number: int) -> str:
    answered = turns.answered(response.metadata, response.text)
    return answered[number - 1] if number <= len(answered) else ""


def calls_of(verdict: BenchmarkVerdict) -> list[JudgeCall]:
    """What was answered about the response by itself, or beneath the judgments that the verdict rests on."""
    related = JudgeCall.objects.select_related("author", "pair", "repaired_by").order_by("author__name", "pk")
    judgments = [one["judgment"] for one in verdict.details.get("comparisons", [])]
    if verdict.judgment_id:
        judgments.append(verdict.judgment_id)
    if judgments:
        return list(related.filter(judgment__in=judgments))
    judge = verdict.result.judge_author
    if judge is None or verdict.response is None:
        return []
    base = turns.of_all_turns(judge.name)
    names = [judge.name, *(turns.at_turn(base, number) for number in (1, 2))]
    return list(related.filter(response=verdict.response, author__name__in=names))


def turn_of(author: Author) -> int | None:
    """Which turn the judge reads, by its author's name; None for one that reads the whole."""
    found = turns.TURN.search(author.name)
    return int(found[0].split()[-1]) if found else None


def said(call: JudgeCall, verdict: BenchmarkVerdict) -> JudgeAnswer:
    return JudgeAnswer(
        words="" if call.error else words(call, verdict),
        text=call.raw or call.rationale,
        error=call.error,
        order=order(call, verdict),
        call=call.pk,
        model=call.model,
        repaired_by=str(call.repaired_by) if call.repaired_by else "",
    )


def words(call: JudgeCall, verdict: BenchmarkVerdict) -> str:
    if call.pair is None:
        return f"{call.scores[0]:g} of 10" if call.scores else ""
    ours_right = call.pair.right_id == verdict.response_id
    if call.scores and None not in call.scores:
        ours, theirs = call.scores[::-1] if ours_right else call.scores
        return f"{ours:g} against {theirs:g}"
    return win_share.outcome(win_share.of_side(call.grade, call.preference, is_right=ours_right))


def order(call: JudgeCall, verdict: BenchmarkVerdict) -> str:
    """Which of the two was read first."""
    if call.pair is None:
        return ""
    first = call.pair.left_id if call.shown == Shown.LEFT_FIRST else call.pair.right_id
    return "read first" if first == verdict.response_id else "read second"


def rival_ids(verdict: BenchmarkVerdict) -> list[int]:
    """Responses that this one was compared with: the baseline's, or those of all others."""
    against = [one["against"] for one in verdict.details.get("comparisons", []) if one.get("against")]
    return list(dict.fromkeys([*([verdict.baseline_response_id] if verdict.baseline_response_id else []), *against]))


def judgments_of(verdict: BenchmarkVerdict) -> list[Judgment]:
    judged = [one["judgment"] for one in verdict.details.get("comparisons", []) if one.get("judgment")]
    found = Judgment.objects.filter(pk__in=[*judged, verdict.judgment_id or 0])
    return list(found.select_related("author", "pair").order_by("author__name"))
