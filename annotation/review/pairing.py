"""The one way to make pairs: two responses to one prompt become one pair, the response with the lower id left.

Whoever makes pairs inserts by `inserting`: a collection (`pairing_strategies`), an imported file
(`interchange.staging`), and all others by `pair_chosen`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

import orjson
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from annotation.models import Collection, Pair, Response
from studio.database.bounds import Overdue, afresh
from studio.database.statistics import MANY, analyse
from studio.database.turns import in_turn

# So many pairs are named in one statement.
AT_ONCE = 5_000
# So many are deleted in one transaction: whoever wants to judge one of them waits so long.
DELETED_AT_ONCE = 2_000
# What makes or deletes many pairs may take longer than the other statements of a page.
SECONDS = 120
OCCUPIED = "A file is being imported into {}, or somebody else makes its pairs. Try again when that has ended."
INSERT = """
INSERT INTO annotation_pair
    (project_id, collection_id, prompt_id, left_id, right_id, source, metadata, n_judgments, disputed, to_compare,
     created_at)
SELECT prompt.project_id, prompt.collection_id, prompt.id, least(met.one, met.other), greatest(met.one, met.other),
       met.source, met.metadata, 0, false, {to_compare}, met.created_at
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
# Pairs that a run made of scores, and that somebody now wants compared.
WANTED = """
UPDATE annotation_pair pair SET to_compare = true
FROM ({met}) met
WHERE pair.left_id = least(met.one, met.other) AND pair.right_id = greatest(met.one, met.other) AND NOT pair.to_compare
"""
FOUND = """
SELECT pair.*
FROM unnest(%(ones)s::bigint[], %(others)s::bigint[]) AS chosen (one_id, other_id)
JOIN annotation_pair pair ON pair.left_id = chosen.one_id AND pair.right_id = chosen.other_id
"""

# The ids of two responses, in any order.
Two = tuple[int, int]


class Unmade(NamedTuple):
    """Pairs that were deleted, and those that stay because something refers to them.

    `stopped` says why it ended before it had seen all of them, and is empty where it did not.
    """

    deleted: int
    kept: int
    stopped: str = ""


def turn_of(collection: int) -> str:
    """Whoever makes pairs of a collection (its id), one by one or from a file, does so in this turn.

    Two writers that insert the same rows in different orders would wait for each other in a circle, and an import
    inserts in the order of its file. A single pair closes no circle and needs no turn.
    """
    return f"annotation.pairs of collection {collection}"


def inserting(met: str, order: str = "4, 5", to_compare: bool = True) -> str:
    """A statement that makes pairs of what the query `met` gives, and passes over those that are there.

    `met` gives prompt_id, one and other (ids of two responses to that prompt), source, metadata and created_at. By
    default rows are inserted in the order of their responses, and are there to be compared.
    """
    return INSERT.format(met=met, order=order, to_compare=str(to_compare).lower())


def wanting(met: str) -> str:
    """A statement by which pairs that were there already, and only to train on, are to be compared from now on."""
    return WANTED.format(met=met)


def pair_chosen(
    chosen: Sequence[Two], source: str = "", metadata: Mapping[str, Any] | None = None, to_compare: bool = True
) -> dict[Two, Pair]:
    """The pair of each two responses, in the order given; new ones are made, with this source and metadata.

    Two responses to different prompts make no pair and are absent. Two equal texts make none, but a pair of them that
    is there is found. Without `to_compare` new ones are only there to train on. Raises Occupied.
    """
    sides = [(min(two), max(two)) for two in chosen]
    said = {"source": source, "metadata": orjson.dumps(metadata or {}).decode(), "created_at": timezone.now()}
    made, stored = 0, dict[Two, Pair]()
    for place in range(0, len(sides), AT_ONCE):
        ones, others = zip(*sides[place : place + AT_ONCE], strict=True)
        named = {"ones": list(ones), "others": list(others)}
        with in_turn(*turns(ones) if len(ones) > 1 else (), says=OCCUPIED.format("the collection of these pairs")):
            made += execute(inserting(CHOSEN, to_compare=to_compare), said | named)
        found = list(Pair.objects.raw(FOUND, named))
        if to_compare and (unasked := [pair.pk for pair in found if not pair.to_compare]):
            Pair.every.filter(pk__in=unasked).update(to_compare=True)
        stored |= {(pair.left_id, pair.right_id): pair for pair in found}
    if made >= MANY:
        analyse(Pair)
    return {two: stored[side] for two, side in zip(chosen, sides, strict=True) if side in stored}


def turns(responses: Sequence[int]) -> list[str]:
    """Of the collections that these responses belong to."""
    found = Response.objects.filter(pk__in=responses).order_by().values_list("prompt__collection", flat=True)
    return [turn_of(collection) for collection in found.distinct()]


def unmake(collection: Collection, created_at: datetime) -> Unmade:
    """Delete the pairs that were made at one moment. Those that were judged, sent to review or flagged stay."""
    made = Pair.objects.filter(collection=collection, created_at=created_at).order_by("pk")
    deleted = kept = last = 0
    while chunk := list(made.filter(pk__gt=last).values_list("pk", flat=True)[:DELETED_AT_ONCE]):
        try:
            unused, used = afresh(partial(delete_unused, chunk), SECONDS)
        except Overdue as error:
            return Unmade(deleted, kept, error.what)
        deleted, kept, last = deleted + unused, kept + used, chunk[-1]
    return Unmade(deleted, kept)


def delete_unused(pairs: Sequence[int]) -> tuple[int, int]:
    """Of these pairs, how many were deleted, and how many stay. Inside a transaction."""
    made = Pair.objects.filter(pk__in=pairs).order_by("pk")
    # Whoever is about to use one has it locked: this waits, and sees what they wrote.
    locked = len(made.select_for_update(of=("self",)).values_list("pk", flat=True))
    untouched = made
    for relation in Pair._meta.related_objects:
        refers = relation.related_model._base_manager.filter(**{relation.field.name: OuterRef("pk")})
        untouched = untouched.exclude(Exists(refers))
    query, values = untouched.order_by().values("pk").query.sql_with_params()
    deleted = execute(f"DELETE FROM annotation_pair WHERE id IN ({query})", values)
    return deleted, locked - deleted


def make_in(collection: Collection, met: str, values: Mapping[str, Any], waits: int | None = None) -> int:
    """Pairs of one collection while no file is imported into it; how many are newly there to be compared.

    Raises Occupied, Overdue.

    It waits for its turn for so many seconds, by default for those of any statement.
    """
    with in_turn(turn_of(collection.pk), says=OCCUPIED.format(collection.slug), seconds=waits):
        known = Pair.every.filter(collection=collection, to_compare=False)
        wanted = afresh(partial(execute, wanting(met), values), SECONDS) if known.exists() else 0
        return wanted + afresh(partial(execute, inserting(met), values), SECONDS)


def execute(statement: str, values: Mapping[str, Any] | Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
