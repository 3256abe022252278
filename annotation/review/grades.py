"""Grades out of the database in the shape that agreement is counted on: pair → grades."""

from collections import defaultdict
from typing import NamedTuple

from django.db.models import QuerySet

from annotation.models import Author, Judgment, Pair
from annotation.statistics.agreement import Agreement, Comparison, agreement, between, clustered_interval, within
from annotation.statistics.intervals import Interval

# The newest judgments of people that agreement is counted on: enough for an interval of ± 1 %.
COUNTED = 10_000

JUDGING = (Author.Kind.JUDGE, Author.Kind.PERSON)

Votes = dict[int, list[float]]


AMONG_PEOPLE = "People among themselves"


class Accord(NamedTuple):
    """Agreement over the pairs of a query, with ties counted or left out, and its interval over pairs."""

    name: str
    tally: Agreement
    interval: Interval

    @property
    def share(self) -> float | None:
        return self.tally.agreeing / self.tally.compared if self.tally.compared else None

    @property
    def lacks(self) -> str:
        """Why nothing could be compared, in words."""
        if self.name.startswith(AMONG_PEOPLE):
            return "no pair was judged by two people"
        return "no pair was judged by people and a judge"


class Companion(NamedTuple):
    """A judge, or all other people, and how far one author agrees with them; `judge` is the judge's id."""

    name: str
    judge: int | None
    with_ties: Accord
    without_ties: Accord


def accords(pairs: QuerySet[Pair]) -> list[Accord]:
    """People against judges, and people among themselves, over these pairs; each with ties and without."""
    people = votes(Judgment.objects.filter(pair__in=pairs.values("pk")), Author.Kind.PERSON)
    judges = votes(Judgment.objects.filter(pair__in=list(people)), Author.Kind.JUDGE)
    comparisons = {
        "People and judges": list(between(people, judges)),
        AMONG_PEOPLE: list(within(people)),
    }
    return [
        accord(name + ("" if ties else ", ties left out"), by_pair, ties)
        for name, by_pair in comparisons.items()
        for ties in (True, False)
    ]


def accord(name: str, by_pair: list[list[Comparison]], ties: bool) -> Accord:
    tally = agreement((comparison for of_pair in by_pair for comparison in of_pair), ties=ties)
    return Accord(name, tally, clustered_interval(by_pair, ties=ties))


def votes(judgments: QuerySet[Judgment], kind: Author.Kind) -> Votes:
    """The current valid grades among these that authors of one kind gave, the newest `COUNTED` of them."""
    # By their ids, which an index of judgments has.
    authors = list(Author.objects.filter(kind=kind).values_list("pk", flat=True))
    given = judgments.filter(author__in=authors, superseded_at=None, state=Judgment.State.VALID)
    found: Votes = defaultdict(list)
    for pair, grade in given.order_by("-id").values_list("pair", "grade")[:COUNTED]:
        found[pair].append(float(grade or 0))
    return dict(found)


def accords_of(author: Author) -> list[Companion]:
    """One author beside each judge and beside the other people, over the newest pairs that they judged too."""
    newest = author.judgments.filter(superseded_at=None, state=Judgment.State.VALID).order_by("-id")[:COUNTED]
    mine = {row["pair"]: [float(row["grade"] or 0)] for row in newest.values("pair", "grade")}
    others = Judgment.objects.filter(
        pair__in=list(mine), superseded_at=None, state=Judgment.State.VALID, author__kind__in=JUDGING
    ).exclude(author=author)
    theirs: dict[tuple[str, int | None], Votes] = defaultdict(lambda: defaultdict(list))
    for judgment in others.select_related("author").order_by("author__kind", "author__name"):
        theirs[companion(judgment.author)][judgment.pair_id].append(float(judgment.grade or 0))
    found = [(who, list(between(mine, given))) for who, given in theirs.items()]
    return [Companion(name, pk, accord(name, by, True), accord(name, by, False)) for (name, pk), by in found]


def companion(author: Author) -> tuple[str, int | None]:
    """People are told apart by nobody but leads: to an annotator they are one."""
    return ("Other people", None) if author.kind == Author.Kind.PERSON else (author.name, author.pk)
