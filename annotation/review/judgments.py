"""Record, supersede and withdraw a judgment: the only way to write one, but for imports in bulk."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import OuterRef, Subquery
from django.utils import timezone

from annotation.models import Author, JudgeCall, Judgment, Pair, Shown
from annotation.models.judgments import recount
from annotation.models.row_estimates import unindexed
from annotation.review import queue
from annotation.review.reading_time import least_seconds


class JudgmentInvalid(ValueError):
    """A verdict that cannot be recorded, with what would be right."""


@transaction.atomic
def record(
    pair: Pair,
    author: Author,
    *,
    shown: str,
    grade: int | None = None,
    both_bad: bool = False,
    error: str = "",
    consistent: bool | None = None,
    rationale: str = "",
    seconds: float | None = None,
    client_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> Judgment:
    """The author's current judgment of the pair; an earlier one is superseded and stays.

    With `error` it is a failed one and has no grade. The same `client_id` again gives the judgment that it made, so
    a client may repeat a request until it is answered. Raises JudgmentInvalid.
    """
    check(grade, both_bad, error, shown)
    one_at_a_time(pair)
    if client_id and (known := Judgment.objects.filter(client_id=client_id).first()):
        return same(known, pair, author)
    Judgment.objects.filter(pair=pair, author=author, superseded_at=None).update(superseded_at=timezone.now())
    judgment = Judgment.objects.create(
        pair=pair,
        author=author,
        state=Judgment.State.FAILED if error else Judgment.State.VALID,
        grade=0 if both_bad else grade,
        both_bad=both_bad,
        shown=shown,
        consistent=consistent,
        rationale=rationale,
        seconds=seconds,
        too_fast=is_too_fast(pair, author, seconds),
        client_id=client_id,
        error=error,
        details=details or {},
    )
    recount(Pair.objects.filter(pk=pair.pk))
    if author.user_id:
        queue.complete(pair, author.user_id)
    return judgment


@transaction.atomic
def withdraw(judgment: Judgment) -> Judgment | None:
    """Take a current judgment back: what it superseded is current again, else its slot is open again.

    Returns what is current now.
    """
    one_at_a_time(judgment.pair)
    current = Judgment.objects.filter(pk=judgment.pk, superseded_at=None)
    if not current.update(superseded_at=timezone.now()):
        raise JudgmentInvalid("This judgment was superseded or withdrawn already.")
    earlier = Judgment.objects.filter(pair=judgment.pair, author=judgment.author, pk__lt=judgment.pk).order_by("-pk")
    before = earlier.exclude(details__has_key="withdrawn").first()
    Judgment.objects.filter(pk=judgment.pk).update(details=judgment.details | {"withdrawn": True})
    if before:
        Judgment.objects.filter(pk=before.pk).update(superseded_at=None)
        before.refresh_from_db()
    elif judgment.author.user_id:
        queue.reopen(judgment.pair, judgment.author.user_id)
    recount(Pair.objects.filter(pk=judgment.pair_id))
    return before


def one_at_a_time(pair: Pair) -> None:
    """Two that write about the same pair wait for each other until their transactions end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('annotation.pair'), %s)", [pair.pk % 2**31])


def check(grade: int | None, both_bad: bool, error: str, shown: str) -> None:
    if shown not in Shown.values:
        raise JudgmentInvalid(f"shown: {shown!r} is not one of {', '.join(Shown.values)}.")
    if error:
        if grade is not None or both_bad:
            raise JudgmentInvalid("grade: a failed judgment has none; leave out grade and both_bad.")
    elif both_bad:
        if grade not in (None, 0):
            raise JudgmentInvalid("grade: both bad is a tie; leave the grade out or give 0.")
    elif grade is None or not -3 <= grade <= 3:
        raise JudgmentInvalid("grade: give a whole number from -3 (left much better) to 3 (right much better).")


def is_too_fast(pair: Pair, author: Author, seconds: float | None) -> bool:
    """Whether a person said it sooner than anybody reads. Where no time was taken, nobody knows."""
    if author.user_id is None or seconds is None:
        return False
    return seconds < least_seconds(pair.left.text, pair.right.text)


def same(known: Judgment, pair: Pair, author: Author) -> Judgment:
    if (known.pair_id, known.author_id) != (pair.pk, author.pk):
        raise JudgmentInvalid("client_id: it belongs to another judgment. Make a new one for each.")
    return known


@dataclass(frozen=True)
class Verdict:
    """What a judge made of one pair: a grade, or an error and no grade; and the calls that it rests on."""

    pair_id: int
    grade: int | None
    error: str = ""
    shown: str = Shown.BOTH
    preference: float | None = None
    consistent: bool | None = None
    rationale: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    calls: tuple[int, ...] = ()


@transaction.atomic
def record_many(author: Author, verdicts: Sequence[Verdict]) -> list[Judgment]:
    """A judge's verdicts on different pairs, in a few statements whatever their number."""
    ids = [verdict.pair_id for verdict in verdicts]
    by_author = Judgment.objects.alias(by=unindexed("author")).filter(by=author.pk, superseded_at=None)
    current = by_author.filter(pair__in=ids)
    current.update(superseded_at=timezone.now())
    judgments = Judgment.objects.bulk_create(
        Judgment(
            pair_id=verdict.pair_id,
            author=author,
            state=Judgment.State.FAILED if verdict.error else Judgment.State.VALID,
            grade=verdict.grade,
            preference=verdict.preference,
            shown=verdict.shown,
            consistent=verdict.consistent,
            rationale=verdict.rationale,
            error=verdict.error,
            details=verdict.details,
        )
        for verdict in verdicts
    )
    # An answer that another pair had paid for stays with that pair's judgment.
    calls = JudgeCall.objects.filter(pk__in=[pk for verdict in verdicts for pk in verdict.calls], pair__in=ids)
    of_call = by_author.filter(pair=OuterRef("pair"))
    calls.update(judgment=Subquery(of_call.values("pk")))
    recount(Pair.objects.filter(pk__in=ids))
    return judgments
