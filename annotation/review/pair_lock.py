"""The lock of a pair, and the counts that it protects. Whatever changes judgments does so under this lock.

A pair carries counts of its judgments, made anew from the rows. Whoever counts does not see what somebody else has
written and not committed yet: without the lock both would count, and the second count would replace the first.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.models import Avg, Case, Count, Exists, F, Max, Min, OuterRef, Subquery, When
from django.db.models.functions import Coalesce

from annotation.models import Judgment, Pair

# Django knows no lock that is as weak. In the order of the ids, as in `lock`.
KEEPING = "SELECT id FROM annotation_pair WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


@contextmanager
def changing(pairs: Iterable[int]) -> Iterator[set[int]]:
    """A transaction in which nobody else changes the judgments of these pairs, given by their ids.

    Gives the ids of those that are there: a pair that nobody had used may have been deleted since it was read. At the
    end their counts are made anew. Others wait for these pairs until then, so it has to be short.
    """
    with transaction.atomic():
        there = lock(pairs)
        yield there
        recount(there)


def lock(pairs: Iterable[int]) -> set[int]:
    """Wait for the pairs of these ids, and keep them to the end of the transaction. Gives those that are there.

    The rows are locked in the order of their ids, so that two who want the same pairs never wait for each other in a
    circle. New judgments refer to a locked pair without waiting: its key does not change.
    """
    rows = Pair.every.filter(pk__in=list(pairs)).order_by("pk").select_for_update(no_key=True)
    return set(rows.values_list("pk", flat=True))


def keep(pairs: Iterable[int]) -> set[int]:
    """Have nobody delete the pairs of these ids until the end of the transaction. Gives those that are there.

    For whoever refers to pairs and changes no judgment: nobody who judges them waits.
    """
    with connection.cursor() as cursor:
        cursor.execute(KEEPING, [list(pairs)])
        return {pk for (pk,) in cursor.fetchall()}


def recount(pairs: Iterable[int]) -> None:
    """Bring the counts of these pairs, which nobody else can change, in step with their current valid judgments."""
    current = Judgment.objects.filter(pair=OuterRef("pk"), state=Judgment.State.VALID, superseded_at=None)
    of_pair = current.order_by().values("pair")
    extremes = of_pair.annotate(low=Min("grade"), high=Max("grade")).filter(low__lt=0, high__gt=0)
    Pair.every.filter(pk__in=list(pairs)).update(
        n_judgments=Coalesce(Subquery(of_pair.annotate(n=Count("pk")).values("n")), 0),
        mean_grade=Subquery(of_pair.annotate(mean=Avg("grade")).values("mean")),
        disputed=Exists(extremes),
        # Somebody judged it, whatever it was made for.
        to_compare=Case(When(Exists(current), then=True), default=F("to_compare")),
    )
