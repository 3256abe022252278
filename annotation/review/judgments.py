"""Record, supersede and withdraw a judgment: how people and judges write them.

Imports write theirs in bulk, in `interchange.staged_judgments`. All of them do so under the pair's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.utils import timezone

from annotation.models import Author, JudgeCall, Judgment, Pair, Shown
from annotation.models.row_estimates import unindexed
from annotation.review import queue
from annotation.review.pair_lock import changing
from annotation.review.reading_time import least_seconds


class JudgmentInvalid(ValueError):
    """A verdict that cannot be recorded, with what would be right."""


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
    with changing([pair.pk]) as there:
        if not there:
            raise JudgmentInvalid("pair: It was deleted, or moved to another project. Judge the next pair.")
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
        if author.user_id:
            queue.complete(pair, author.user_id)
    return judgment


def withdraw(judgment: Judgment) -> Judgment | None:
    """Take a current judgment back: what it superseded is current again, else its slot is open again.

    Returns what is current now. Raises JudgmentInvalid.
    """
    with changing([judgment.pair_id]):
        current = Judgment.objects.filter(pk=judgment.pk, superseded_at=None)
        if not current.update(superseded_at=timezone.now(), details=judgment.details | {"withdrawn": True}):
            raise JudgmentInvalid("This judgment was superseded or withdrawn already.")
        of_both = Judgment.objects.filter(pair=judgment.pair_id, author=judgment.author_id)
        earlier = of_both.filter(pk__lt=judgment.pk).exclude(details__has_key="withdrawn")
        before = earlier.order_by("-pk").first()
        if before:
            Judgment.objects.filter(pk=before.pk).update(superseded_at=None)
            before.refresh_from_db()
        elif judgment.author.user_id:
            queue.reopen(judgment.pair, judgment.author.user_id)
    return before


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


def record_many(author: Author, verdicts: Sequence[Verdict]) -> list[Judgment]:
    """A judge's verdicts on different pairs, in a few statements whatever their number.

    A pair that was deleted meanwhile is passed over, and has no judgment among those that are returned.
    """
    by_author = Judgment.objects.alias(by=unindexed("author")).filter(by=author.pk, superseded_at=None)
    with changing(verdict.pair_id for verdict in verdicts) as there:
        of_pairs = [verdict for verdict in verdicts if verdict.pair_id in there]
        by_author.filter(pair__in=there).update(superseded_at=timezone.now())
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
            for verdict in of_pairs
        )
        # An answer that another pair had paid for stays with that pair's judgment.
        calls = JudgeCall.objects.filter(pk__in=[pk for verdict in of_pairs for pk in verdict.calls], pair__in=there)
        of_call = by_author.filter(pair=OuterRef("pair"))
        calls.update(judgment=Subquery(of_call.values("pk")))
    return judgments
