"""What a version asks of a judge before its verdicts count, and which judges fall short of it, by how much.

An estimate over few pairs may be high by luck, so the low end of its 95 % interval is what has to reach the threshold.
All pairs that a judge has judged speak for it, not only those of the version.
"""

from django.db.models import Exists, OuterRef, Q
from msgspec import Struct, to_builtins

from annotation.datasets.definitions import Preferences, Trust
from annotation.judges.cards.cache import card, kept
from annotation.judges.cards.figures import Card, Rate
from annotation.models import Author, Judgment


class JudgeCheck(Struct, frozen=True):
    """One judge beside the thresholds; `short` says in words what it lacks, and is empty for one that may count."""

    judge: int
    name: str
    pairs: int
    agreement: Rate
    consistency: Rate
    short: list[str]


def standings(definition: Preferences, *, anew: bool = False) -> list[JudgeCheck]:
    """Of each judge whose verdicts the definition would count; none where it asks nothing of them."""
    if not definition.trust or "judge" not in definition.kinds:
        return []
    return [standing(definition.trust, card(kept(judge, anew=anew))) for judge in judges(definition)]


def judges(definition: Preferences) -> list[Author]:
    given = Q(author=OuterRef("pk"), superseded_at=None)
    if definition.collections:
        given &= Q(pair__collection__slug__in=definition.collections)
    found = Author.objects.filter(Exists(Judgment.objects.filter(given)), kind=Author.Kind.JUDGE)
    return list((found.filter(pk__in=definition.authors) if definition.authors else found).order_by("name"))


def standing(asked: Trust, found: Card) -> JudgeCheck:
    agreement, consistency = found.agreement.people.with_ties, found.bias.consistency
    lacks = [
        lacking("agreement with people", agreement, asked.agreement, "no person has judged one of its pairs"),
        lacking("consistency over the swap", consistency, asked.consistency, "it has read no pair in both orders"),
        too_few(found.agreement.pairs, asked.pairs),
    ]
    return JudgeCheck(
        judge=found.judge,
        name=found.name,
        pairs=found.agreement.pairs,
        agreement=agreement,
        consistency=consistency,
        short=[words for words in lacks if words],
    )


def lacking(name: str, rate: Rate, least: float, unknown: str) -> str:
    if not least or rate.low >= least:
        return ""
    if rate.estimate is None:
        return f"{name} is not known: {unknown}"
    missing = (least - rate.low) * 100
    return (
        f"{name} is {rate.estimate:.1%} (n = {rate.n:,}), but surely only {rate.low:.1%}: "
        f"{missing:.1f} points short of {least:.1%}"
    ).replace("%", " %")


def too_few(pairs: int, least: int) -> str:
    if pairs >= least:
        return ""
    return f"People judged {pairs:,} of its pairs: {least - pairs:,} short of {least:,}"


def fallen(found: list[JudgeCheck]) -> list[int]:
    return [one.judge for one in found if one.short]


def in_words(found: list[JudgeCheck]) -> list[str]:
    """A sentence for each judge that falls short."""
    return [f"{one.name} does not count: {'; '.join(one.short)}." for one in found if one.short]


def noted(found: list[JudgeCheck]) -> dict[str, object]:
    """For the counts of a version: how each judge stood when it was frozen."""
    return {"judges": to_builtins(found)} if found else {}
