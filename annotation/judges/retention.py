"""What judges wrote goes after some days; rows, verdicts, scores, rationales, tokens and prices stay.

An answer that nobody could read stays while a judgment in force rests on it, or none does yet: somebody may read it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from annotation.models import JudgeCall, Judgment
from annotation.models.judgments import WITH_WORDS

# Calls in one transaction, which takes a fraction of a second.
CHUNK = 1000


@dataclass(frozen=True)
class Chunk:
    """How many calls lost so many bytes, and the last of them: its time and id."""

    calls: int
    bytes: int
    last: tuple[datetime, int]


def old(until: datetime) -> QuerySet[JudgeCall]:
    """Calls of the project that are older and whose words nobody needs any more."""
    superseded = Judgment.objects.filter(pk=OuterRef("judgment"), superseded_at__isnull=False)
    return JudgeCall.objects.filter(WITH_WORDS, Q(error="") | Exists(superseded), created_at__lt=until)


@transaction.atomic
def erase_some(until: datetime, after: tuple[datetime, int] | None = None) -> Chunk | None:
    """The next of them by age; None where there are no more. Rows that somebody changes now wait for another night."""
    calls = old(until)
    if after:
        at, pk = after
        calls = calls.filter(Q(created_at__gt=at) | Q(pk__gt=pk), created_at__gte=at)
    locked = calls.select_for_update(skip_locked=True, of=("self",), no_key=True).order_by("created_at", "pk")
    found = list(locked.annotate(size=size()).values_list("pk", "created_at", "size")[:CHUNK])
    if not found:
        return None
    words = {"raw": "", "logprobs": None, "raw_erased_at": timezone.now()}
    JudgeCall.objects.filter(pk__in=[pk for pk, _, _ in found]).update(**words)
    pk, at, _ = found[-1]
    return Chunk(len(found), sum(row[2] for row in found), (at, pk))


def size() -> Any:
    """Bytes of what would go."""
    raw, logprobs = (octets(one) for one in (F("raw"), Cast("logprobs", TextField())))
    return raw + Coalesce(logprobs, 0)


def octets(text: Any) -> Func:
    return Func(text, function="octet_length", output_field=IntegerField())
