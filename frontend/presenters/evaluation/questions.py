"""The questions of one result, or of two side by side: both texts, and what the judge and people said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django import forms
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.http import QueryDict

from annotation.models import JudgeCall, Judgment, Pair, Prompt, Response
from frontend.kit.filters import Filters
from frontend.kit.listing import Column, Listing, Page
from frontend.presenters.evaluation.compare import STRENGTH
from training.evaluation.leaderboards.questions import explored
from training.models import BenchmarkResult, BenchmarkVerdict

# In the address → as `explored` calls it: of B, which is the result itself, against A.
OUTCOMES = {"b": "won", "a": "lost", "tie": "tied", "failed": "failed"}
WORDS = {"b": "B better", "a": "A better", "tie": "Tied", "failed": "Failed or missing"}
BASELINE = "the baseline"


class QuestionFilters(Filters):
    q = forms.CharField(label="Search")
    outcome = forms.ChoiceField(choices=[("", "Any"), *WORDS.items()])
    category = forms.CharField(max_length=80)
    disagree = forms.BooleanField(label="Judge and people disagree")


QUESTIONS = Listing(
    words="questions",
    filters=QuestionFilters,
    columns=(
        Column("question", "Question", sort="prompt_id"),
        Column("gain", "Difference", sort="gain", sparse=True),
    ),
    sort="question",
    size=10,
)


@dataclass(frozen=True)
class Text:
    """One side. `tone` is a or b; `value` is its part in the figure."""

    tone: str
    name: str
    response: Response | None
    value: float | None


@dataclass(frozen=True)
class Call:
    """One answer of a judge: in which order it read, and what it said."""

    order: str
    words: str
    text: str


@dataclass(frozen=True)
class ShownVerdict:
    """What somebody said of two of the row's texts."""

    judgment: Judgment
    words: str
    tone: str
    calls: list[Call]


@dataclass(frozen=True)
class QuestionRow:
    prompt: Prompt
    texts: list[Text]
    gain: float | None
    said: list[ShownVerdict]

    @property
    def tone(self) -> str:
        """Of the side that won."""
        return "" if not self.gain else "b" if self.gain > 0 else "a"

    @property
    def words(self) -> str:
        return "failed" if self.gain is None else f"{self.tone.upper()} better" if self.gain else "tied"


@dataclass(frozen=True)
class Category:
    """How its questions went; `name` is empty where they have none."""

    name: str
    a: int
    tie: int
    b: int
    failed: int

    @property
    def n(self) -> int:
        return self.a + self.tie + self.b


@dataclass(frozen=True)
class Explorer:
    """`a` is None where the result stands for itself: its A is the baseline."""

    a: BenchmarkResult | None
    b: BenchmarkResult

    @property
    def has_sides(self) -> bool:
        """Whether there is something to win against."""
        return self.a is not None or bool(self.b.baseline)

    @property
    def n_sides(self) -> int:
        return 2 if self.has_sides else 1

    @property
    def name_of_a(self) -> str:
        return self.a.name if self.a else self.b.baseline

    def verdicts(self, chosen: dict[str, object]) -> QuerySet[BenchmarkVerdict]:
        rows = explored(
            self.b,
            other=self.a,
            outcome=OUTCOMES.get(str(chosen.get("outcome", "")), ""),
            category=str(chosen.get("category", "")),
            words=str(chosen.get("q", "")),
        )
        return rows.filter(Exists(self.disagreements())) if chosen.get("disagree") else rows

    def disagreements(self) -> QuerySet[BenchmarkVerdict]:
        """Verdicts of either result on the question, where a person preferred the other side of the judge's pair."""
        either = [row.pk for row in (self.a, self.b) if row]
        by_people = Judgment.objects.filter(
            pair=OuterRef("judgment__pair"), author__kind="person", superseded_at=None, state=Judgment.State.VALID
        )
        differs = Q(Exists(by_people.filter(grade__gt=0)), judgment__grade__lt=0)
        differs |= Q(Exists(by_people.filter(grade__lt=0)), judgment__grade__gt=0)
        return BenchmarkVerdict.objects.filter(differs, result__in=either, prompt=OuterRef("prompt"))

    def narrowed(self, query: QueryDict) -> QuerySet[BenchmarkVerdict, Any]:
        rows: QuerySet[Any] = self.verdicts(QuestionFilters(query).chosen).select_related(None)
        return rows.values("id", "prompt_id", "gain")

    def page(self, query: QueryDict) -> Page:
        return QUESTIONS.page(self.narrowed(query), query)

    def categories(self) -> list[Category]:
        """Over all questions, whatever the filters."""
        rows = explored(self.b, other=self.a).select_related(None).order_by().values_list("prompt__category")
        signs = (Q(gain__lt=0), Q(gain=0), Q(gain__gt=0), Q(gain=None))
        counts = {f"n_{number}": Count("pk", filter=sign) for number, sign in enumerate(signs)}
        return [Category(*row) for row in rows.annotate(**counts).order_by("prompt__category")]

    def questions(self, ids: Sequence[int]) -> list[QuestionRow]:
        """The rows of a page in its order; six queries, however many there are."""
        found = explored(self.b, other=self.a).in_bulk(ids)
        ours = [found[pk] for pk in ids]
        prompts = [verdict.prompt_id for verdict in ours]
        theirs = {verdict.prompt_id: verdict for verdict in others(self.a, prompts)}
        rows = [(verdict, self.texts(verdict, theirs.get(verdict.prompt_id))) for verdict in ours]
        judgments = said_of(rows)
        return [
            QuestionRow(
                verdict.prompt,
                texts,
                getattr(verdict, "gain", None),
                [said(one, sides(verdict, texts)) for one in judgments.get(verdict.prompt_id, [])],
            )
            for verdict, texts in rows
        ]

    def texts(self, ours: BenchmarkVerdict, theirs: BenchmarkVerdict | None) -> list[Text]:
        """A and B; a result without a baseline has B alone."""
        b = Text("b", self.b.name, ours.response, ours.value)
        if self.a is not None:
            response, value = (theirs.response, theirs.value) if theirs else (None, None)
            return [Text("a", self.a.name, response, value), b]
        return [Text("a", self.b.baseline, ours.baseline_response, None), b] if self.b.baseline else [b]


def others(result: BenchmarkResult | None, prompts: list[int]) -> QuerySet[BenchmarkVerdict]:
    rows = BenchmarkVerdict.objects.filter(result=result, prompt__in=prompts)
    return rows.select_related("response").defer("response__search")


Sides = dict[int, str]


def sides(verdict: BenchmarkVerdict, texts: list[Text]) -> Sides:
    """A response's id → how it is called."""
    called = {verdict.baseline_response_id or 0: BASELINE}
    return called | {text.response.pk: text.tone.upper() for text in texts if text.response}


def said_of(rows: Sequence[tuple[BenchmarkVerdict, list[Text]]]) -> dict[int, list[Judgment]]:
    """By prompt: what the results' judge and people said of any two of the texts."""
    ids = set(chain.from_iterable(sides(*row) for row in rows)) - {0}
    judges = {verdict.judgment.author_id for verdict, _ in rows if verdict.judgment}
    between = Pair.objects.filter(prompt__in=[verdict.prompt_id for verdict, _ in rows], left__in=ids, right__in=ids)
    current = Judgment.objects.filter(Q(author__in=judges) | Q(author__kind="person"), pair__in=between)
    found: dict[int, list[Judgment]] = {}
    calls = Prefetch("calls", JudgeCall.objects.order_by("shown", "sample", "id"))
    told = current.filter(superseded_at=None).select_related("pair", "author").prefetch_related(calls)
    for judgment in told.order_by("author__kind", "author__name", "id"):
        found.setdefault(judgment.pair.prompt_id, []).append(judgment)
    return found


def said(judgment: Judgment, called: Sides) -> ShownVerdict:
    left, right = called[judgment.pair.left_id], called[judgment.pair.right_id]
    calls = [
        Call(
            f"{left} first" if call.shown == "left_first" else f"{right} first",
            call.error or words(call.grade, left, right),
            call.rationale or call.raw,
        )
        for call in judgment.calls.all()
    ]
    grade = judgment.grade or 0
    preferred = (right if grade > 0 else left) if grade else ""
    tone = preferred.lower() if preferred in ("A", "B") else ""
    return ShownVerdict(judgment, words(judgment.grade, left, right), tone, calls)


def words(grade: int | None, left: str, right: str) -> str:
    """`B better than A`."""
    if grade is None:
        return "failed"
    if not grade:
        return f"{left} and {right} tie"
    won, lost = (right, left) if grade > 0 else (left, right)
    return f"{won} {STRENGTH[abs(grade)]} than {lost}"
