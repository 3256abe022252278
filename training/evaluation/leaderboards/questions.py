"""Questions of a result, or of two side by side: who won which, by category and by words."""

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from annotation.models import Prompt
from training.models import BenchmarkResult, BenchmarkVerdict

# Against the baseline, or against another result where one is named.
OUTCOMES = ("won", "lost", "tied", "failed")
HALF = 0.5


def explored(
    result: BenchmarkResult,
    *,
    other: BenchmarkResult | None = None,
    outcome: str = "",
    category: str = "",
    words: str = "",
) -> QuerySet[BenchmarkVerdict]:
    """The verdicts, each with `gain` over the other result's value, or over a tie where none is named.

    Raises KeyError for an outcome that is none.
    """
    rows = result.verdicts.select_related(
        "prompt", "response__author", "baseline_response__author", "judgment__author"
    ).defer("prompt__search", "response__search", "baseline_response__search")
    if other is None:
        rows = rows.annotate(gain=F("value") - HALF)
    else:
        theirs = BenchmarkVerdict.objects.filter(result=other, prompt=OuterRef("prompt"))
        rows = rows.annotate(other_value=Subquery(theirs.values("value")), gain=F("value") - F("other_value"))
    if outcome:
        rows = rows.filter(
            {
                "won": Q(gain__gt=0),
                "lost": Q(gain__lt=0),
                "tied": Q(gain=0),
                "failed": Q(gain=None),
            }[outcome]
        )
    if category:
        rows = rows.filter(prompt__category=category)
    return rows.filter(prompt__in=Prompt.objects.matching(words)) if words else rows
