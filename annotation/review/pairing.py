"""The one way to make pairs: two responses to one prompt become one pair, the response with the lower id left.

Whoever makes pairs inserts by `inserting`: a collection (`pairing_strategies`), an imported file
(`interchange.staging`), and all others by `pair_chosen`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import orjson
from django.db import connection, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from annotation.models import Collection, Pair
from studio.database.bounds import afresh
from studio.database.statistics import MANY, analyse

# So many pairs are named in one statement.
AT_ONCE = 5_000
# What makes or deletes many pairs may take longer than the other statements of a page.
SECONDS = 120
# Two writers that insert the same rows in different orders would wait for each other for ever. An import inserts in
# the order of its file, so imports and pairings of one collection take turns.
TAKE_TURNS = "SELECT pg_advisory_xact_lock(hashtext('annotation.review.pairing'), %s)"
INSERT = """
INSERT INTO annotation_pair
    (collection_id, prompt_id, left_id, right_id, source, metadata, n_judgments, disputed, created_at)
SELECT prompt.collection_id, prompt.id, least(met.one, met.other), greatest(met.one, met.other),
       met.source, met.metadata, 0, false, met.created_at
FROM ({met}) met JOIN annotation_prompt prompt ON prompt.id = met.prompt_id
ORDER BY {order}
ON CONFLICT (left_id, right_id) DO NOTHING
"""
# What every pair of one statement says of itself.
SAID = "%(source)s AS source, %(metadata)s::jsonb AS metadata, %(created_at)s::timestamptz AS created_at"
# Equal texts say nothing about a preference, so they make no pair.
CHOSEN = f"""
SELECT one.prompt_id, one.id AS one, other.id AS other, {SAID}
FROM unnest(%(ones)s::bigint[], %(others)s::bigint[]) AS chosen (one_id, other_id)
JOIN annotation_response one ON one.id = chosen.one_id
JOIN annotation_response other
  ON other.id = chosen.other_id AND other.prompt_id = one.prompt_id AND other.digest <> one.digest
"""
FOUND = """
SELECT pair.*
FROM unnest(%(ones)s::bigint[], %(others)s::bigint[]) AS chosen (one_id, other_id)
JOIN annotation_pair pair ON pair.left_id = chosen.one_id AND pair.right_id = chosen.other_id
"""

# The ids of two responses, in any order.
Two = tuple[int, int]


class Unmade(NamedTuple):
    """Pairs that were deleted, and those that stay because something refers to them."""

    deleted: int
    kept: int


def inserting(met: str, order: str = "3, 4") -> str:
    """A statement that makes pairs of what the query `met` gives, and passes over those that are there.

    `met` gives prompt_id, one and other (ids of two responses to that prompt), source, metadata and created_at. By
    default rows are inserted in the order of their responses.
    """
    return INSERT.format(met=met, order=order)


def pair_chosen(chosen: Sequence[Two], source: str = "", metadata: Mapping[str, Any] | None = None) -> dict[Two, Pair]:
    """The pair of each two responses, in the order given; new ones are made, with this source and metadata.

    Two equal texts, and two responses to different prompts, make no pair and are absent.
    """
    sides = [(min(two), max(two)) for two in chosen]
    said = {"source": source, "metadata": orjson.dumps(metadata or {}).decode(), "created_at": timezone.now()}
    made, stored = 0, dict[Two, Pair]()
    for place in range(0, len(sides), AT_ONCE):
        ones, others = zip(*sides[place : place + AT_ONCE], strict=True)
        named = {"ones": list(ones), "others": list(others)}
        made += execute(inserting(CHOSEN), said | named)
        stored |= {(pair.left_id, pair.right_id): pair for pair in Pair.objects.raw(FOUND, named)}
    if made >= MANY:
        analyse(Pair)
    return {two: stored[side] for two, side in zip(chosen, sides, strict=True) if side in stored}


def unmake(collection: Collection, created_at: datetime) -> Unmade:
    """Delete the pairs that were made at one moment. Those that were judged, sent to review or flagged stay.

    Raises Overdue.
    """
    return afresh(partial(delete_unused, collection, created_at), SECONDS)


def delete_unused(collection: Collection, created_at: datetime) -> Unmade:
    """Inside a transaction."""
    made = Pair.objects.filter(collection=collection, created_at=created_at).order_by("pk")
    # Whoever is about to judge one has it locked: this waits, and sees the judgment.
    locked = len(made.select_for_update(of=("self",)).values_list("pk", flat=True))
    untouched = made
    for relation in Pair._meta.related_objects:
        refers = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        untouched = untouched.exclude(Exists(refers))
    query, values = untouched.order_by().values("pk").query.sql_with_params()
    deleted = execute(f"DELETE FROM annotation_pair WHERE id IN ({query})", values)
    return Unmade(deleted, locked - deleted)


@transaction.atomic
def make_in(collection: Collection, met: str, values: Mapping[str, Any]) -> int:
    """Pairs of one collection, while no file is imported into it. Returns how many are new."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_TURNS, [collection.pk])
    return execute(inserting(met), values)


def execute(statement: str, values: Mapping[str, Any] | Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
