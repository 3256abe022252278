"""Grades out of the database in the shape that agreement is counted on: pair → grades."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from itertools import combinations
from typing import NamedTuple

from django.db.models import Q, QuerySet

from annotation.models import Author, Judgment, Pair
from annotation.statistics.agreement import (
    Agreement,
    Comparison,
    agreement,
    between,
    clustered_interval,
    one_each,
    within,
)
from annotation.statistics.intervals import Interval
from annotation.statistics.reliability import Reliability, cohen_kappa, fleiss_kappa, krippendorff_alpha

# The newest judgments of people that agreement is counted on: enough for an interval of ± 1 %.
COUNTED = 10_000
# Two at a time are compared of so many people and as many judges, and so many rows are shown.
AUTHORS, TWOS = 6, 10

JUDGING = (Author.Kind.JUDGE, Author.Kind.PERSON)

Votes = dict[int, list[float]]


AMONG_PEOPLE = "People with each other"


class PairAgreement(NamedTuple):
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


class BeyondChance(NamedTuple):
    """One coefficient: of whom, which, and what it came to."""

    of: str
    called: str
    found: Reliability


class Companion(NamedTuple):
    """A judge, or all other people, and how far one author agrees with them; `judge` is the judge's id."""

    name: str
    judge: int | None
    with_ties: PairAgreement
    without_ties: PairAgreement


def agreements(pairs: QuerySet[Pair]) -> list[PairAgreement]:
    """People against judges, and people among themselves, over these pairs; each with ties and without."""
    people = votes(Judgment.objects.filter(pair__in=pairs.values("pk")), Author.Kind.PERSON)
    judges = votes(Judgment.objects.filter(pair__in=list(people)), Author.Kind.JUDGE)
    comparisons = {
        "People and judges": list(between(people, judges)),
        AMONG_PEOPLE: list(within(people)),
    }
    return [
        agreement_of(name + ("" if ties else ", ties left out"), by_pair, ties)
        for name, by_pair in comparisons.items()
        for ties in (True, False)
    ]


def agreement_of(name: str, by_pair: list[list[Comparison]], ties: bool) -> PairAgreement:
    tally = agreement((comparison for of_pair in by_pair for comparison in of_pair), ties=ties)
    return PairAgreement(name, tally, clustered_interval(by_pair, ties=ties))


def beyond_chance(pairs: QuerySet[Pair]) -> list[BeyondChance]:
    """People with each other by Fleiss and Krippendorff, and by Cohen every two authors who share most pairs.

    People first: their newest `COUNTED` judgments, and what judges say of the same pairs. Judges alone count where no
    person has judged.
    """
    judgments = Judgment.objects.filter(pair__in=pairs.values("pk"))
    people = by_author(judgments, Author.Kind.PERSON, COUNTED)
    by_pair: Votes = defaultdict(list)
    for grades in people.values():
        for pair, grade in grades.items():
            by_pair[pair].append(grade)
    of_people = Judgment.objects.filter(pair__in=list(by_pair)) if by_pair else judgments
    judges = by_author(of_people, Author.Kind.JUDGE, COUNTED * AUTHORS)
    among = {"Fleiss’ κ": fleiss_kappa(by_pair.values()), "Krippendorff’s α": krippendorff_alpha(by_pair.values())}
    return [
        *(BeyondChance(AMONG_PEOPLE, called, found) for called, found in among.items() if found),
        *of_two(people, judges),
    ]


def by_author(judgments: QuerySet[Judgment], kind: Author.Kind, most: int) -> dict[str, dict[int, float]]:
    """The newest grades by authors of one kind: by name and pair."""
    found: dict[str, dict[int, float]] = defaultdict(dict)
    given = current(judgments.filter(author__kind=kind))
    for name, pair, grade in given.values_list("author__name", "pair", "grade")[:most]:
        found[name][pair] = float(grade or 0)
    return found


def of_two(people: Mapping[str, Mapping[int, float]], judges: Mapping[str, Mapping[int, float]]) -> list[BeyondChance]:
    """Cohen's κ: two people, then a person and a judge, then two judges; those with most pairs first."""
    chosen = [
        (name, is_judge, given[name])
        for is_judge, given in enumerate((people, judges))
        for name in sorted(sorted(given, key=lambda name: -len(given[name]))[:AUTHORS])
    ]
    found = [
        (one_judges + other_judges, BeyondChance(f"{one} and {other}", "Cohen’s κ", kappa))
        for (one, one_judges, mine), (other, other_judges, theirs) in combinations(chosen, 2)
        if (kappa := cohen_kappa(one_each(mine, theirs)))
    ]
    return [row for _, row in sorted(found, key=lambda ranked: (ranked[0], -ranked[1].found.n))][:TWOS]


def current(judgments: QuerySet[Judgment]) -> QuerySet[Judgment]:
    """The newest first."""
    return judgments.filter(superseded_at=None, state=Judgment.State.VALID).order_by("-id")


def standing(judgments: QuerySet[Judgment], at: datetime | None) -> QuerySet[Judgment]:
    """The valid judgments that counted at a moment, the newest first. What was withdrawn since counted then, and what
    it had superseded is behind it."""
    if at is None:
        return current(judgments)
    stood = Q(superseded_at=None) | Q(superseded_at__gte=at)
    return judgments.filter(stood, state=Judgment.State.VALID, created_at__lt=at).order_by("-id")


def votes(judgments: QuerySet[Judgment], kind: Author.Kind) -> Votes:
    """The current valid grades among these that authors of one kind gave, the newest `COUNTED` of them."""
    # By their ids, which an index of judgments has.
    authors = list(Author.objects.filter(kind=kind).values_list("pk", flat=True))
    found: Votes = defaultdict(list)
    for pair, grade in current(judgments.filter(author__in=authors)).values_list("pair", "grade")[:COUNTED]:
        found[pair].append(float(grade or 0))
    return dict(found)


def agreements_of(author: Author, at: datetime | None = None) -> list[Companion]:
    """One author beside each judge and beside the other people, over the newest pairs that they judged too.

    As it stood at a moment, or as it is now.
    """
    mine: Votes = {}
    for pair, grade in standing(author.judgments.all(), at).values_list("pair", "grade")[:COUNTED]:
        mine.setdefault(pair, [float(grade or 0)])
    others = Judgment.objects.filter(pair__in=list(mine), author__kind__in=JUDGING).exclude(author=author)
    theirs: dict[tuple[str, int | None], Votes] = defaultdict(lambda: defaultdict(list))
    met = set[tuple[int, int]]()
    given = standing(others, at).order_by("author__kind", "author__name", "-id")
    for kind, name, by, pair, grade in given.values_list("author__kind", "author__name", "author", "pair", "grade"):
        if (by, pair) not in met:
            met.add((by, pair))
            theirs[companion(kind, name, by)][pair].append(float(grade or 0))
    found = [(who, list(between(mine, votes))) for who, votes in theirs.items()]
    return [
        Companion(name, pk, agreement_of(name, by, True), agreement_of(name, by, False)) for (name, pk), by in found
    ]


def companion(kind: str, name: str, author: int) -> tuple[str, int | None]:
    """People are told apart by nobody but leads: to an annotator they are one."""
    return ("Other people", None) if kind == Author.Kind.PERSON else (name, author)
