"""Which responses meet: pairs made of a collection's responses, in the database and as often as one likes."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from annotation.models import Author, Collection, Pair

INSERT = """
INSERT INTO annotation_pair
    (collection_id, prompt_id, left_id, right_id, source, metadata, n_judgments, disputed, created_at)
SELECT DISTINCT prompt.collection_id, prompt.id, least(met.one, met.other), greatest(met.one, met.other),
       %(source)s, '{{}}'::jsonb, 0, false, now()
FROM ({met}) met JOIN annotation_prompt prompt ON prompt.id = met.prompt_id
ON CONFLICT (left_id, right_id) DO NOTHING
"""
# The responses in question. Texts that are equal say nothing about a preference, so they never meet.
CANDIDATES = """
WITH candidate AS (
    SELECT response.id, response.prompt_id, response.author_id, response.digest
    FROM annotation_response response JOIN annotation_prompt prompt ON prompt.id = response.prompt_id
    WHERE prompt.collection_id = %(collection)s AND response.author_id = ANY(%(authors)s)
)
"""
ALL = (
    CANDIDATES
    + """
SELECT one.prompt_id, one.id AS one, other.id AS other
FROM candidate one JOIN candidate other
  ON other.prompt_id = one.prompt_id AND other.id > one.id AND other.digest <> one.digest
"""
)
AGAINST = (
    CANDIDATES
    + """
SELECT one.prompt_id, one.id AS one, other.id AS other
FROM candidate one JOIN annotation_response other
  ON other.prompt_id = one.prompt_id AND other.author_id = %(reference)s AND other.digest <> one.digest
WHERE one.author_id <> %(reference)s
"""
)
# Random order by a hash of the seed, so that the same seed gives the same pairs on every machine.
RANDOM = (
    "SELECT prompt_id, one, other FROM (SELECT met.*, row_number() OVER (PARTITION BY prompt_id ORDER BY "
    + ("md5(%(seed)s || ' ' || one || ' ' || other)) AS place FROM (")
    + ALL
    + ") met) placed WHERE place <= %(per_prompt)s"
)
RANKED = (
    CANDIDATES
    + """
, ranked AS (
    SELECT candidate.*, row_number() OVER (PARTITION BY prompt_id ORDER BY score.value DESC, candidate.id) AS rank
    FROM candidate JOIN annotation_score score
      ON score.response_id = candidate.id AND score.author_id = %(reward_model)s
)
SELECT best.prompt_id, best.id AS one, other.id AS other
FROM ranked best JOIN ranked other ON other.prompt_id = best.prompt_id AND other.rank = %(rank)s
WHERE best.rank = 1 AND other.rank > 1 AND other.digest <> best.digest
"""
)
CHOSEN = """
SELECT one.prompt_id, one.id AS one, other.id AS other
FROM unnest(%(ones)s::bigint[], %(others)s::bigint[]) AS chosen (one_id, other_id)
JOIN annotation_response one ON one.id = chosen.one_id
JOIN annotation_response other
  ON other.id = chosen.other_id AND other.prompt_id = one.prompt_id AND other.digest <> one.digest
"""


def pair_all(collection: Collection, authors: Iterable[Author], source: str = "") -> int:
    """Every response against every other of its prompt. Returns how many pairs are new."""
    return insert(ALL, collection, authors, source)


def pair_against(collection: Collection, authors: Iterable[Author], reference: Author, source: str = "") -> int:
    """Each author's responses against those of a reference."""
    return insert(AGAINST, collection, authors, source, reference=reference.pk)


def pair_randomly(
    collection: Collection, authors: Iterable[Author], per_prompt: int, seed: int = 0, source: str = ""
) -> int:
    """At most `per_prompt` pairs of each prompt, drawn at random; the seed fixes the draw."""
    return insert(RANDOM, collection, authors, source, per_prompt=per_prompt, seed=str(seed))


def pair_best(
    collection: Collection, authors: Iterable[Author], reward_model: Author, rank: int, source: str = ""
) -> int:
    """The response that a reward model scored highest against the one it ranked `rank` (2 is the second best)."""
    return insert(RANKED, collection, authors, source, reward_model=reward_model.pk, rank=rank)


def pair_chosen(met: Sequence[tuple[int, int]], source: str = "") -> list[int]:
    """The ids of the pairs of two responses each, given by their ids, in that order; new ones are made.

    Two equal texts, and two responses to different prompts, make no pair.
    """
    wanted = [(min(two), max(two)) for two in met]
    ones, others = [one for one, _ in wanted], [other for _, other in wanted]
    execute(CHOSEN, source, ones=ones, others=others)
    found = Pair.objects.filter(left__in=ones, right__in=others).values_list("left", "right", "pk")
    known = {(left, right): pk for left, right, pk in found}
    return [known[two] for two in wanted if two in known]


def insert(met: str, collection: Collection, authors: Iterable[Author], source: str, **values: int | str) -> int:
    pks = [author.pk for author in authors]
    return execute(met, source, collection=collection.pk, authors=pks, **values)


def execute(met: str, source: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(met=met), {"source": source, **values})
        return int(cursor.rowcount)
