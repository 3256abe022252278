"""What the authors that a definition counts say of a pair, and why a pair becomes no preference."""

from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Avg,
    Case,
    Count,
    Exists,
    F,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from annotation.datasets import judge_thresholds
from annotation.datasets.definitions import Preferences
from annotation.models import Author, Judgment, Pair
from annotation.models.row_estimates import unindexed

CONTRADICTS = "the judge contradicts itself over the swap"
UNJUDGED, FELL_SHORT = "not judged", "its judge falls short of what is asked"
THE_SAME = "both responses are the same"


class PairGrades(NamedTuple):
    """The mean of the valid votes on a pair, their number, how many failed, and how many contradict themselves.

    `right` is the share of the votes for the right response; a tie counts half, and a judge by its preference where it
    gives one.
    """

    mean: float | None = None
    votes: float = 0
    failed: float = 0
    inconsistent: float = 0
    right: float | None = None

    @property
    def agreement(self) -> float:
        """The share of the votes for the response that the mean prefers."""
        right = 0.5 if self.right is None else self.right
        return round(right if (self.mean or 0) > 0 else 1 - right, 6)


# What one vote says for the right response, from 0 to 1; a failed one says nothing.
FOR_RIGHT = Coalesce(
    F("preference"),
    Case(When(grade__gt=0, then=Value(1.0)), When(grade__lt=0, then=Value(0.0)), When(grade=0, then=Value(0.5))),
    output_field=FloatField(),
)


def judged(definition: Preferences, found: QuerySet[Pair]) -> QuerySet[Any, Any]:
    """The pairs with what the counted authors `said`, the fields of `PairGrades` in order; null where nothing.

    Judges that fall short of what is asked are not heard; `unheard` is true where one of them had a verdict.
    """
    distrusted = judge_thresholds.fallen(judge_thresholds.standings(definition))
    # By their ids, so that the authors are not joined anew for each pair.
    counted = authors(definition)
    of_pair = Judgment.objects.filter(pair=OuterRef("pk"), superseded_at=None)
    of_pair = of_pair.alias(by=unindexed("author"))
    unheard = of_pair.filter(by__in=counted & set(distrusted), state=Judgment.State.VALID)
    # As one array: four subqueries would each look for the pair's judgments.
    counts = ~Q(consistent=False) if definition.consistent_only else None
    said = Func(
        Avg("grade", filter=counts),
        Count("grade", filter=counts),
        Count("pk", filter=Q(state=Judgment.State.FAILED)),
        Count("pk", filter=Q(consistent=False)),
        Avg(FOR_RIGHT, filter=counts),
        template="ARRAY[%(expressions)s]::float[]",
        output_field=ArrayField(FloatField()),
    )
    heard = of_pair.filter(by__in=counted - set(distrusted)).order_by().values("pair")
    return found.annotate(said=Subquery(heard.annotate(said=said).values("said")), unheard=Exists(unheard))


def authors(definition: Preferences) -> set[int]:
    found = Author.objects.filter(kind__in=definition.kinds)
    found = found.filter(pk__in=definition.authors) if definition.authors else found
    return set(found.values_list("pk", flat=True))


def why_not(definition: Preferences, said: PairGrades, unheard: bool, same: bool) -> str:
    """The reason to leave a pair out, or nothing. `same`: both responses have the same text."""
    reason = why_no_grade(definition, said)
    if unheard and reason == UNJUDGED:
        return FELL_SHORT
    return reason or (THE_SAME if same else "")


def why_no_grade(definition: Preferences, said: PairGrades) -> str:
    mean, votes, failed, inconsistent, _ = said
    if mean is None:
        return CONTRADICTS if inconsistent else "the judge failed" if failed else UNJUDGED
    if votes < definition.min_votes:
        return "too few judgments"
    if mean == 0:
        return CONTRADICTS if votes == inconsistent and not definition.consistent_only else "tie"
    return "too close to a tie" if abs(mean) < definition.min_grade else ""
