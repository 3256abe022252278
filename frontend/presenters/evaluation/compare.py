"""What the compare page shows: up to six authors on one set of prompts, row by row, with scores and verdicts.

An author is a checkpoint of ours or a published model alike.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.exceptions import BadRequest
from django.db.models import Avg, Case, Count, Exists, OuterRef, Q, QuerySet, Sum, Value, When, Window
from django.http import Http404, QueryDict

from annotation.models import Author, Collection, Judgment, Prompt, Response, Score, Version, VersionItem, win_share
from annotation.statistics.intervals import Sums, clustered_mean, clustered_rate
from annotation.statistics.significance import WinRate
from frontend.kit import subqueries
from studio.http.parsing import row_id, row_ids

MOST = 6
LETTERS = "ABCDEF"
VERDICTS = {"a": "A better", "b": "B better", "tie": "A tie", "failed": "The judge failed", "none": "Not judged"}


@dataclass(frozen=True)
class Side:
    """One column."""

    letter: str
    author: Author

    @property
    def tone(self) -> str:
        """A is blue and B is orange; the others have no colour."""
        return self.letter.lower() if self.letter in "AB" else ""


@dataclass(frozen=True)
class PromptSet:
    """The prompts of a version or of a collection, or all of them. `key` is how the address names it."""

    key: str
    title: str
    prompts: QuerySet[Prompt]


@dataclass(frozen=True)
class PairVerdict:
    """What one judge said of two columns, which are all or `among` others; a positive grade prefers the second."""

    judge: str
    first: Side
    second: Side
    grade: int | None
    among: bool = False

    @property
    def words(self) -> str:
        """`A better`, or with more columns `A better than C`."""
        both = f"{self.first.letter} and {self.second.letter}"
        if self.grade is None:
            return f"failed on {both}" if self.among else "failed"
        if self.grade == 0:
            return f"{both} tie"
        won, lost = (self.second, self.first) if self.grade > 0 else (self.first, self.second)
        than = f" than {lost.letter}" if self.among else ""
        return f"{won.letter} {STRENGTH[abs(self.grade)]}{than}"

    @property
    def tone(self) -> str:
        """The side that was preferred, where it is A or B of two."""
        preferred = self.second if (self.grade or 0) > 0 else self.first
        return preferred.tone if self.grade else ""


# In the address → how it went for A.
OUTCOMES: dict[str, win_share.Outcome] = {"a": "won", "b": "lost", "tie": "tied", "failed": "failed"}
# Of `outcome`: how many, wins, losses, their sum and that of their squares.
SUMS = (
    "count(*), count(*) FILTER (WHERE outcome > 0.5), count(*) FILTER (WHERE outcome < 0.5), sum(outcome)::float,"
    " sum(outcome * outcome)::float"
)
STRENGTH = {1: "slightly better", 2: "better", 3: "much better"}


class MeanScore(NamedTuple):
    """A rater's mean over n prompts; without ends where one prompt, or equal scores, show no spread."""

    estimate: float
    low: float | None
    high: float | None
    n: int


class Judged(NamedTuple):
    """A judgment, with the ids of its prompt and of the two responses that were judged."""

    prompt: int
    left: int
    right: int
    judge: str
    grade: int | None


class ShownResponse(NamedTuple):
    """A response; `n` is how many this author gave to the prompt."""

    pk: int
    prompt: int
    author: int
    text: str
    length: int
    n: int

    @property
    def more(self) -> int:
        return self.n - 1


class Scored(NamedTuple):
    """A score, with the ids of its response and of who gave it, and the latter's name."""

    response: int
    rater: int
    name: str
    value: float


@dataclass(frozen=True)
class AnswerCell:
    """One cell. `best_by` are the raters that give it the highest score of its row."""

    side: Side
    response: ShownResponse | None
    scores: list[Scored]
    best_by: set[int]


@dataclass(frozen=True)
class PromptRow:
    prompt: dict[str, Any]
    answers: list[AnswerCell]
    verdicts: list[PairVerdict] = field(default_factory=list)


@dataclass(frozen=True)
class AuthorFigures:
    """What is known of one column over the whole set."""

    side: Side
    n: int
    prompts: int
    mean_length: float | None
    scores: list[tuple[str, MeanScore]]


@dataclass(frozen=True)
class ComparedAuthors:
    """A against B over the set under one judge; outcomes are means over each prompt's pairs."""

    judge: Author
    rate: WinRate
    failed: int


def sides(query: QueryDict) -> list[Side]:
    """The columns that the address asks for, in its order."""
    asked = list(dict.fromkeys(row_ids(query.getlist("c"))))
    if len(asked) > MOST:
        raise BadRequest(f"{MOST} columns stand beside each other at most; the address names {len(asked)}.")
    found = Author.objects.select_related("checkpoint").only("name", "checkpoint__name").in_bulk(asked)
    return [Side(LETTERS[place], found[pk]) for place, pk in enumerate(pk for pk in asked if pk in found)]


def prompt_set(key: str) -> PromptSet:
    """`12` is a version, `@slug` a collection, nothing every prompt."""
    if key.startswith("@"):
        collection = Collection.objects.filter(slug=key[1:]).first()
        if collection is None:
            raise Http404(f"There is no collection {key[1:]}.")
        return PromptSet(key, str(collection), Prompt.objects.filter(collection=collection))
    if key:
        version = Version.objects.filter(pk=row_id(key) or 0).first()
        if version is None:
            raise Http404(f"There is no dataset {key}.")
        items = VersionItem.objects.filter(version=version, prompt=OuterRef("pk"))
        return PromptSet(key, str(version), Prompt.objects.filter(Exists(items)))
    return PromptSet("", "Every prompt", Prompt.objects.all())


def answered_by_all(prompts: QuerySet[Prompt], columns: Sequence[Side]) -> QuerySet[Prompt]:
    answers = (Response.objects.filter(author=side.author.pk) for side in columns)
    return prompts.filter(*(Q(pk__in=by_one.values("prompt")) for by_one in answers))


def with_verdict(prompts: QuerySet[Prompt], columns: Sequence[Side], judge: Author, verdict: str) -> QuerySet[Prompt]:
    """Prompts on which a judge said so of the first two columns."""
    said = of_two(Judgment.objects.filter(author=judge, superseded_at=None), columns)
    if verdict == "none":
        return prompts.filter(~Exists(said.filter(pair__prompt=OuterRef("pk"))))
    if verdict not in OUTCOMES:
        return prompts
    # The judged pairs are found once, however many prompts there are.
    return prompts.filter(pk__in=said.filter(win_share.went(OUTCOMES[verdict])).values("pair__prompt"))


def of_two(judgments: QuerySet[Judgment], columns: Sequence[Side]) -> QuerySet[Judgment]:
    """Those on pairs of the first two columns, with `share`: how much of it A won."""
    a, b = columns[0].author, columns[1].author
    straight = Q(pair__left__author=a, pair__right__author=b)
    turned = Q(pair__left__author=b, pair__right__author=a)
    return judgments.filter(straight | turned).annotate(share=win_share.where(Q(pair__right__author=a)))


def rows(prompts: Sequence[dict[str, Any]], columns: Sequence[Side]) -> list[PromptRow]:
    """Three queries, however many prompts and columns."""
    asked = [prompt["id"] for prompt in prompts]
    judgments = said(asked, columns)
    shown = responses(asked, columns, {pk for one in judgments for pk in (one.left, one.right)})
    scores = scored([response.pk for response in shown.values()])
    by_prompt: dict[int, list[Judged]] = {}
    for judgment in judgments:
        by_prompt.setdefault(judgment.prompt, []).append(judgment)
    found = []
    for prompt in prompts:
        cells = [shown.get((prompt["id"], side.author.pk)) for side in columns]
        best = best_of(cells, scores)
        answers = [
            AnswerCell(side, cell, scores.get(cell.pk, []), best.get(cell.pk, set()))
            if cell
            else AnswerCell(side, None, [], set())
            for side, cell in zip(columns, cells, strict=True)
        ]
        found.append(PromptRow(prompt, answers, verdicts(by_prompt.get(prompt["id"], []), cells, columns)))
    return found


def said(prompts: list[int], columns: Sequence[Side]) -> list[Judged]:
    authors = [side.author.pk for side in columns]
    between = Q(pair__prompt__in=prompts, pair__left__author__in=authors, pair__right__author__in=authors)
    current = Judgment.objects.filter(between, superseded_at=None).order_by("author__kind", "author__name", "id")
    fields = ("pair__prompt", "pair__left", "pair__right", "author__name", "grade")
    return [Judged(*row) for row in current.values_list(*fields)]


def responses(prompts: list[int], columns: Sequence[Side], judged: set[int]) -> dict[tuple[int, int], ShownResponse]:
    """One of each author to each prompt: one that was judged, else the first."""
    was_judged = Case(When(pk__in=judged, then=Value(0)), default=Value(1))
    written = Response.objects.filter(prompt__in=prompts, author__in=[side.author.pk for side in columns])
    ordered = written.order_by("prompt", "author", was_judged, "pk").distinct("prompt", "author")
    n = Window(Count("pk"), partition_by=["prompt", "author"])
    found = [ShownResponse(*row) for row in ordered.values_list("pk", "prompt", "author", "text", "length", n)]
    return {(response.prompt, response.author): response for response in found}


def shown_pairs(prompts: list[int], columns: Sequence[Side]) -> list[tuple[int, int]]:
    """The ids of the two responses that the page shows for each of these prompts, in their order."""
    a, b = (side.author.pk for side in columns)
    shown = responses(prompts, columns, {pk for one in said(prompts, columns) for pk in (one.left, one.right)})
    return [(shown[prompt, a].pk, shown[prompt, b].pk) for prompt in prompts]


def scored(responses: list[int]) -> dict[int, list[Scored]]:
    given = Score.objects.filter(response__in=responses).order_by("author__name")
    found: dict[int, list[Scored]] = {}
    for score in given.values_list("response", "author", "author__name", "value"):
        found.setdefault(score[0], []).append(Scored(*score))
    return found


def best_of(cells: Sequence[ShownResponse | None], scores: dict[int, list[Scored]]) -> dict[int, set[int]]:
    """For each response of a row, the raters that give it the highest score of the row."""
    highest: dict[int, Scored] = {}
    for cell in cells:
        for score in scores.get(cell.pk, []) if cell else []:
            if score.rater not in highest or score.value > highest[score.rater].value:
                highest[score.rater] = score
    found: dict[int, set[int]] = {}
    for rater, score in highest.items():
        found.setdefault(score.response, set()).add(rater)
    return found


def verdicts(
    judgments: Sequence[Judged], cells: Sequence[ShownResponse | None], columns: Sequence[Side]
) -> list[PairVerdict]:
    """What was said of the very responses that are shown."""
    place = {cell.pk: side for cell, side in zip(cells, columns, strict=True) if cell}
    found = []
    for judgment in judgments:
        left, right = place.get(judgment.left), place.get(judgment.right)
        if left and right:
            first, second = sorted((left, right), key=lambda side: side.letter)
            grade = judgment.grade if first is left or judgment.grade is None else -judgment.grade
            found.append(PairVerdict(judgment.judge, first, second, grade, len(columns) > 2))
    return found


def standings(chosen: PromptSet, columns: Sequence[Side]) -> list[AuthorFigures]:
    """Figures over the whole set; means are over prompts, so that 64 samples of one count once."""
    authors = [side.author.pk for side in columns]
    written = Response.objects.filter(author__in=authors)
    if chosen.key:
        written = written.filter(prompt__in=chosen.prompts)
    by_prompt = written.values_list("author", "prompt").annotate(n=Count("pk"), length=Sum("length"))
    sums = "sum(n)::bigint, count(*), sum(length)::float / sum(n)"
    summed = subqueries.aggregate(by_prompt, "author, prompt, n, length", sums, "author")
    counts = {author: (n, prompts, length) for author, n, prompts, length in summed}
    scores = mean_scores(chosen, authors)
    found = []
    for side in columns:
        n, prompts, length = counts.get(side.author.pk, (0, 0, None))
        found.append(AuthorFigures(side, n, prompts, length, scores.get(side.author.pk, [])))
    return found


def mean_scores(chosen: PromptSet, authors: list[int]) -> dict[int, list[tuple[str, MeanScore]]]:
    """By author, each rater's mean over prompts and its interval; None where nothing varies."""
    given = Score.objects.filter(response__author__in=authors)
    if chosen.key:
        given = given.filter(response__prompt__in=chosen.prompts)
    by_prompt = given.values_list("response__author", "author__name", "response__prompt").annotate(mean=Avg("value"))
    sums = "count(*), sum(mean), sum(mean * mean)"
    found: dict[int, list[tuple[str, MeanScore]]] = {}
    summed = subqueries.aggregate(by_prompt, "author, rater, prompt, mean", sums, "author, rater")
    for author, rater, n, total, squares in summed:
        interval = clustered_mean(Sums.of_totals(n, total, squares))
        low, high = (interval.low, interval.high) if interval else (None, None)
        found.setdefault(author, []).append((rater, MeanScore(total / n, low, high, n)))
    return {author: sorted(scores) for author, scores in found.items()}


def pairwise(chosen: PromptSet, columns: Sequence[Side]) -> list[ComparedAuthors]:
    """A against B under each judge that read both; A's wins."""
    if len(columns) != 2:
        return []
    current = Judgment.objects.filter(superseded_at=None)
    if chosen.key:
        current = current.filter(pair__prompt__in=chosen.prompts)
    said_of_both = of_two(current, columns)
    by_prompt = said_of_both.exclude(grade=None).values_list("author", "pair__prompt").annotate(outcome=Avg("share"))
    rates = {
        judge: rated(*sums)
        for judge, *sums in subqueries.aggregate(by_prompt, "judge, prompt, outcome", SUMS, "judge")
    }
    failures = said_of_both.filter(grade=None).order_by().values_list("author").annotate(n=Count("pk"))
    failed = dict(failures.values_list("author", "n"))
    known = Author.objects.in_bulk([*rates, *failed])
    found = [ComparedAuthors(known[pk], rates.get(pk) or rated(0, 0, 0, 0.0, 0.0), failed.get(pk, 0)) for pk in known]
    return sorted(found, key=lambda comparison: -comparison.rate.n)


def rated(n: int, wins: int, losses: int, total: float, squares: float) -> WinRate:
    """A win rate from sums over prompts: of their outcomes, and of the squares of these."""
    interval = clustered_rate(Sums.of_totals(n, total, squares))
    return WinRate(wins, losses, n - wins - losses, interval.estimate, interval.low, interval.high)
