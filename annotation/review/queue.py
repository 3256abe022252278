"""Who reviews what: slots are opened for pairs, and annotators lease them one by one.

`docs/decisions/0001-the-queue-is-a-row-of-slots.md` says why.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from annotation.models import Assignment, Author, Collection, Flag, Judgment, Pair, Remark
from annotation.review.pausing import is_paused
from studio.accounts.models import User
from studio.database.statistics import MANY, analyse
from studio.projects.scope import here

# Nobody deletes these pairs until they have their slots, and whoever judges them does not wait. Locked in the order of
# their ids, as by all others: see `annotation.review.pair_lock`.
OPEN = """
WITH opened AS (
    INSERT INTO annotation_assignment (project_id, pair_id, collection_id, number, state, priority, opened_at)
    SELECT wanted.project_id, wanted.id, wanted.collection_id, number, 'waiting', %s, %s
    FROM (SELECT id, project_id, collection_id FROM annotation_pair
          WHERE id IN ({wanted}) ORDER BY id FOR KEY SHARE) wanted
    CROSS JOIN generate_series(1, %s) number
    ORDER BY wanted.id, number
    ON CONFLICT (pair_id, number) DO NOTHING
    RETURNING pair_id
), asked AS (
    UPDATE annotation_pair SET to_compare = true WHERE id IN (SELECT pair_id FROM opened) AND NOT to_compare
)
SELECT count(*) FROM opened
"""
# The subquery skips rows that others are taking, so sixteen at once get sixteen slots and nobody waits. A pair with
# several free slots is taken once by one annotator: the unique constraint refuses the second. All first slots come
# before all second ones: whoever judged much meets few pairs again on the way to the next. With + 0 no
# index by person is read whole for each slot: see `annotation.models.row_estimates.unindexed`.
#
# Slots of an excluded pair stay, so that it is offered again once its flag is opened, dismissed or fixed.
OFFERED = """
      NOT EXISTS (SELECT 1 FROM annotation_flag flag WHERE flag.pair_id = slot.pair_id AND flag.state = 'excluded')
      AND NOT EXISTS (SELECT 1 FROM annotation_judgment judgment
                      WHERE judgment.pair_id = slot.pair_id AND judgment.author_id + 0 = %(author)s
                        AND judgment.superseded_at IS NULL)
      AND NOT EXISTS (SELECT 1 FROM annotation_remark remark
                      WHERE remark.pair_id = slot.pair_id AND remark.author_id + 0 = %(author)s)
"""
NOT_PAUSED = """
      NOT EXISTS (SELECT 1 FROM annotation_pause pause
                  WHERE pause.user_id = %(user)s AND pause.project_id = %(project)s AND pause.ended_at IS NULL)
"""
# They lie in this order in an index, by project. Without statistics the planner takes a project's slots for few, and
# would sort them all for each one that is leased.
LEASE = """
SET LOCAL enable_sort = off;
UPDATE annotation_assignment SET state = 'leased', annotator_id = %(user)s, leased_until = %(until)s
WHERE id = (
    SELECT slot.id
    FROM annotation_assignment slot
    WHERE slot.project_id = %(project)s AND slot.state <> 'done'
      AND (slot.state = 'waiting' OR slot.state = 'leased' AND slot.leased_until < %(now)s)
      {of_collection}
      AND NOT EXISTS (SELECT 1 FROM annotation_assignment mine
                      WHERE mine.pair_id = slot.pair_id AND mine.annotator_id + 0 = %(user)s
                        AND NOT (mine.state = 'leased' AND mine.leased_until < %(now)s))
      AND {not_paused}
      AND {offered}
    ORDER BY slot.priority DESC, slot.number, slot.id
    FOR UPDATE OF slot SKIP LOCKED
    LIMIT 1
)
RETURNING id
"""
REMAINING = """
SELECT count(DISTINCT slot.pair_id)
FROM annotation_assignment slot
WHERE slot.project_id = %(project)s AND slot.state <> 'done'
  AND (slot.annotator_id + 0 = %(user)s
       OR (slot.state = 'waiting' OR slot.leased_until < %(now)s) AND {not_paused})
  {of_collection}
  AND NOT EXISTS (SELECT 1 FROM annotation_assignment mine
                  WHERE mine.pair_id = slot.pair_id AND mine.annotator_id + 0 = %(user)s AND mine.state = 'done')
  AND {offered}
"""
OF_COLLECTION = "AND slot.collection_id = %(collection)s"
# The columns of a slot that waits for anybody.
FREE: dict[str, Any] = {"state": Assignment.State.WAITING, "annotator": None, "leased_until": None}


@dataclass(frozen=True)
class Progress:
    """Slots of a queue: all, done, done by one annotator (all time and today), and the pairs that remain for them.

    Of an excluded pair only those count that are done.
    """

    total: int
    done: int
    mine: int
    today: int
    remaining: int


def open_slots(
    pairs: QuerySet[Pair], overlap: int | None = None, priority: float = 0.0, at: datetime | None = None
) -> int:
    """Ask for `overlap` judgments of each pair; slots that exist already stay. Returns how many are new.

    Without `overlap` each pair gets as many as its collection wants. By the moment `at` they can be taken back.
    """
    at = at or timezone.now()
    if overlap is None:
        wanted = Collection.objects.filter(pk__in=pairs.values("collection")).values_list("pk", "overlap")
        return sum(open_slots(pairs.filter(collection=pk), n, priority, at) for pk, n in list(wanted))
    sql, params = pairs.order_by().values("id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(OPEN.format(wanted=sql), [priority, at, *params, overlap])
        opened = int(cursor.fetchone()[0])
    if opened >= MANY:
        analyse(Assignment)
    return opened


def take_back(at: datetime) -> tuple[int, int]:
    """Slots opened at one moment are closed where nobody began: how many were, and how many were begun and stay."""
    opened = Assignment.objects.filter(opened_at=at)
    taken, _ = opened.filter(state=Assignment.State.WAITING).delete()
    return taken, opened.count()


def unassigned(pairs: QuerySet[Pair], limit: int) -> QuerySet[Pair]:
    """The first `limit` of these pairs that were never sent to review."""
    chosen = pairs.exclude(Exists(Assignment.objects.filter(pair=OuterRef("pk")))).order_by("pk")[:limit]
    return Pair.objects.filter(pk__in=chosen.values("pk"))


def next_slots(user: User, count: int = 1, collection: Collection | None = None) -> list[Assignment]:
    """The slots that `user` holds, topped up to `count` with new ones; all leased from now on.

    Whoever is paused keeps what they hold and gets nothing new.
    """
    held = mine(user, collection)
    missing = count - held.update(leased_until=lease_end())
    forget_expired(user)
    author, fresh = Author.of(user), list[int]()
    while len(fresh) < missing and (slot := lease_one(user, author, collection)):
        fresh.append(slot)
    if fresh and is_paused(user.pk):  # The pause came while they were leased.
        release(user, fresh)
    return list(mine(user, collection).order_by("-priority", "number", "id")[:count])


def lease_one(user: User, author: Author, collection: Collection | None) -> int | None:
    """The id of the slot that was taken; None where no slot is left for this person."""
    while True:
        try:
            with transaction.atomic():
                found = asked(LEASE, user, author, collection)
                return None if found is None else int(found)
        except IntegrityError:
            continue  # Two requests of the same annotator met at one pair; the other one has it.


def asked(sql: str, user: User, author: Author, collection: Collection | None) -> Any:
    """The first column of what LEASE or REMAINING gives; None where there is no row."""
    values = {
        "project": here(),
        "user": user.pk,
        "author": author.pk,
        "collection": collection.pk if collection else None,
        "now": timezone.now(),
        "until": lease_end(),
    }
    of_collection = OF_COLLECTION if collection else ""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(offered=OFFERED, not_paused=NOT_PAUSED, of_collection=of_collection), values)
        found = cursor.fetchone()
    return found and found[0]


def forget_expired(user: User) -> None:
    """What this annotator let run out waits for anybody again, so that a slot of the same pair may be theirs."""
    expired = Assignment.objects.filter(annotator=user, state=Assignment.State.LEASED, leased_until__lt=timezone.now())
    expired.update(**FREE)


def readable() -> QuerySet[Assignment]:
    """Slots with all that a page shows of them."""
    whole = Assignment.objects.select_related("pair__collection", "pair__prompt", "pair__left", "pair__right")
    return whole.defer("pair__prompt__search", "pair__prompt__text", "pair__left__search", "pair__right__search")


def mine(user: User, collection: Collection | None = None) -> QuerySet[Assignment]:
    """The slots that an annotator holds now."""
    held = readable().filter(annotator=user, state=Assignment.State.LEASED, leased_until__gte=timezone.now())
    return held.filter(collection=collection) if collection else held


def renew(user: User, ids: Sequence[int]) -> int:
    """Prolong the leases of slots that this annotator holds."""
    return mine(user).filter(pk__in=ids).update(leased_until=lease_end())


def release(user: User, ids: Sequence[int] | None = None) -> int:
    """Give slots back for others; all that are held without `ids`."""
    held = mine(user) if ids is None else mine(user).filter(pk__in=ids)
    return held.update(**FREE)


def held_now() -> Coalesce:
    """As a column of users: how many pairs they hold."""
    now = timezone.now()
    leased = Assignment.objects.filter(state=Assignment.State.LEASED, leased_until__gte=now)
    held = leased.filter(annotator=OuterRef("pk")).order_by()
    return Coalesce(Subquery(held.values("annotator").annotate(n=Count("pk")).values("n")), 0)


def take_back_from(user: User) -> int:
    """What this annotator holds waits for others at once; says how many pairs that were.

    A judgment that arrives at the same moment counts all the same: where it came first, its slot is done and stays so.
    """
    return Assignment.objects.filter(annotator=user, state=Assignment.State.LEASED).update(**FREE)


def hand_over(user: User, to: User) -> int:
    """What this annotator holds is held by another from now on; says how many pairs.

    Pairs that the other one holds, judged or skipped already stay with this one.
    """
    theirs = {"pair": OuterRef("pair"), "author__user": to}
    known = (
        Exists(Assignment.objects.filter(pair=OuterRef("pair"), annotator=to))
        | Exists(Judgment.objects.filter(**theirs, superseded_at=None))
        | Exists(Remark.objects.filter(**theirs))
    )
    held = Assignment.objects.filter(~known, annotator=user, state=Assignment.State.LEASED)
    while True:
        try:
            with transaction.atomic():
                return held.update(annotator=to, leased_until=lease_end())
        except IntegrityError:
            continue  # The other one leased a slot of one of these pairs meanwhile: it is left out now.


def complete(pair: Pair, user_id: int) -> None:
    """The annotator judged the pair. A slot that had been taken over stays with whoever has it now.

    Of whoever is paused it was taken back just now: one that still waits is done, and nobody else is asked for it. Of
    others nobody knows whether they had it: who judges outside of the queue leaves its slots to the queue.
    """
    done = {"state": Assignment.State.DONE, "leased_until": None, "done_at": timezone.now()}
    slots = Assignment.objects.filter(pair=pair)
    slots.filter(annotator=user_id).exclude(state=Assignment.State.DONE).update(**done)
    if is_paused(user_id) and not slots.filter(annotator=user_id).exists():
        free = slots.filter(state=Assignment.State.WAITING).order_by("number")
        # The same person's page may lease one of them at this moment: then that one is theirs.
        with suppress(IntegrityError), transaction.atomic():
            if slot := free.select_for_update(skip_locked=True).first():
                slots.filter(pk=slot.pk).update(**done, annotator=user_id)


def take(user: User, slot: Assignment) -> bool:
    """This very slot for this annotator. False where somebody else has it by now, or has judged it."""
    free = Q(state=Assignment.State.WAITING) | Q(state=Assignment.State.LEASED, annotator=user)
    changed = Assignment.objects.filter(free, pk=slot.pk).update(
        state=Assignment.State.LEASED, annotator=user, leased_until=lease_end()
    )
    if changed and is_paused(user.pk):
        # The pause began meanwhile, and took back what was held before.
        release(user, [slot.pk])
        return False
    return bool(changed)


def reopen(pair: Pair, user_id: int) -> None:
    """The judgment was withdrawn: the annotator has the slot again, and anybody where the annotator is paused."""
    leased = {"state": Assignment.State.LEASED, "leased_until": lease_end()}
    Assignment.objects.filter(pair=pair, annotator=user_id, state=Assignment.State.DONE).update(
        done_at=None, **(FREE if is_paused(user_id) else leased)
    )


def skip(user: User, pair: Pair, reason: str = "") -> None:
    """Not for me: the slot waits for others, and this annotator is not offered the pair again."""
    Remark.objects.update_or_create(pair=pair, author=Author.of(user), defaults={"reason": reason})
    Assignment.objects.filter(pair=pair, annotator=user, state=Assignment.State.LEASED).update(**FREE)


def unskip(user: User, pair: Pair) -> None:
    """The pair may be offered to this annotator again."""
    Remark.objects.filter(pair=pair, author__user=user).delete()


def progress(user: User, collection: Collection | None = None) -> Progress:
    slots, done = of_queue(collection), Q(state=Assignment.State.DONE)
    counts = slots.aggregate(total=Count("pk"), done=Count("pk", filter=done), **done_of(user))
    # By a join of its own: as a condition of the count above it would be looked up for each slot.
    counts["total"] -= slots.filter(~done, Exists(excluded())).count()
    return Progress(**counts, remaining=remaining_for(user, collection))


def of_queue(collection: Collection | None) -> QuerySet[Assignment]:
    return Assignment.objects.filter(collection=collection) if collection else Assignment.objects.all()


def excluded() -> QuerySet[Flag]:
    """The flags of a slot's pair for which it is offered to nobody."""
    return Flag.objects.filter(pair=OuterRef("pair"), state=Flag.State.EXCLUDED)


def waiting() -> QuerySet[Assignment]:
    """The slots that nobody has and somebody may take."""
    return Assignment.objects.filter(~Exists(excluded()), state=Assignment.State.WAITING)


def done_by(user: User, collection: Collection | None = None) -> dict[str, int]:
    """Slots that this annotator has done: `mine`, and `today`."""
    return of_queue(collection).filter(annotator=user).aggregate(**done_of(user))


def done_of(user: User) -> dict[str, Count]:
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    mine = Q(annotator=user, state=Assignment.State.DONE)
    return {"mine": Count("pk", filter=mine), "today": Count("pk", filter=mine & Q(done_at__gte=midnight))}


def remaining_for(user: User, collection: Collection | None = None) -> int:
    """Pairs that this annotator can still judge: not those that others hold now, nor what they judged or skipped.

    Of whoever is paused, the pairs that they hold.
    """
    return int(asked(REMAINING, user, Author.of(user), collection))


def lease_end() -> datetime:
    return timezone.now() + timedelta(minutes=settings.REVIEW_LEASE_MINUTES)
