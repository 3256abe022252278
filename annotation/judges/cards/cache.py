"""Cards are counted when somebody looks and judgments came since, and kept for the lists."""

from datetime import timedelta
from typing import Any

import msgspec
from django.db.models import Max
from django.utils import timezone

from annotation.judges.cards.agreement import agreement
from annotation.judges.cards.bias import bias
from annotation.judges.cards.cost import counts_and_spending
from annotation.judges.cards.figures import Card
from annotation.judges.cards.gold_accuracy import gold
from annotation.models import Author, JudgeCard, Judgment

# People judge all day long: what they add is counted in after so long, what the judge adds at once.
RESTS = timedelta(minutes=5)
# A judgment that was taken back leaves no newer one.
LASTS = timedelta(days=1)


def counted(judge: Author) -> Card:
    """The card, counted now."""
    counts, spending = counts_and_spending(judge)
    whole, parts = agreement(judge)
    return Card(
        judge=judge.pk,
        name=judge.name,
        details=judge.details,
        counts=counts,
        agreement=whole,
        slices=parts,
        bias=bias(judge),
        gold=gold(judge),
        spending=spending,
    )


def kept(judge: Author, *, anew: bool = False) -> JudgeCard:
    """The card's row, counted again where it is old or `anew` asks for it."""
    mine, of_people = newest(judge), newest_of_people()
    row = JudgeCard.objects.filter(author=judge).first()
    if row and not anew and not is_old(row, mine, of_people):
        return row
    card = counted(judge)
    columns: dict[str, Any] = {
        "agreement": card.agreement.people.with_ties.estimate,
        "consistency": card.bias.consistency.estimate,
        "first_position": card.bias.first_position.estimate,
        "longer": card.bias.longer.estimate,
        "failed": card.counts.failed / card.counts.judged if card.counts.judged else None,
        "per_thousand": card.spending.per_thousand,
        "n_judged": card.counts.judged,
        "figures": msgspec.to_builtins(card),
        "newest": mine,
        "newest_of_people": of_people,
        "made_at": timezone.now(),
    }
    return JudgeCard.objects.update_or_create(author=judge, defaults=columns)[0]


def card(row: JudgeCard) -> Card:
    return msgspec.convert(row.figures, Card)


def is_old(row: JudgeCard, mine: int, of_people: int) -> bool:
    age = timezone.now() - row.made_at
    return row.newest != mine or age > LASTS or (row.newest_of_people != of_people and age > RESTS)


def newest(judge: Author) -> int:
    return judge.judgments.aggregate(newest=Max("id"))["newest"] or 0


def newest_of_people() -> int:
    """By a look at the newest judgment of each person, however many judgments there are."""
    people = Author.objects.filter(kind__in=[Author.Kind.PERSON, Author.Kind.GOLD])
    last = Judgment.objects.filter(author__in=people.values("pk")).order_by("-id").values_list("id", flat=True)
    return last.first() or 0
