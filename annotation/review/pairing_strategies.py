"""The ways to choose which responses of a collection become pairs, each as one query. Nothing is read or written here.

A query gives prompt_id, one and other (ids of two responses) and key: where there is a limit, the pairs with the
lowest keys are made.
"""

from dataclasses import dataclass
from typing import Literal

from annotation.review.pairing import SAID

# Equal texts say nothing about a preference, so they make no pair.
CANDIDATES = """
WITH candidate AS (
    SELECT response.id, response.prompt_id, response.author_id, response.digest
    FROM annotation_response response
    WHERE response.prompt_id = ANY(%(prompts)s)
      AND (%(authors)s::bigint[] IS NULL OR response.author_id = ANY(%(authors)s::bigint[]))
)
"""
# With + 0 no index by author is read whole for each row: see `annotation.models.row_estimates.unindexed`.
SCORED = """
WITH candidate AS (
    SELECT response.id, response.prompt_id, response.digest, score.value
    FROM annotation_response response
    JOIN annotation_score score ON score.response_id = response.id AND score.author_id + 0 = %(scored_by)s
    WHERE response.prompt_id = ANY(%(prompts)s)
      AND (%(authors)s::bigint[] IS NULL OR response.author_id = ANY(%(authors)s::bigint[]))
)
"""
# In the order of a hash with the seed: the same seed gives the same pairs every time, and more of them with a higher
# limit.
DRAWN = "md5(%(seed)s || ' ' || one.id || ' ' || other.id)"
ALL = f"""
{CANDIDATES}
SELECT one.prompt_id, one.id AS one, other.id AS other, {DRAWN} AS key
FROM candidate one JOIN candidate other
  ON other.prompt_id = one.prompt_id AND other.id > one.id AND other.digest <> one.digest
"""
REFERENCE = f"""
{CANDIDATES}
SELECT one.prompt_id, one.id AS one, other.id AS other, {DRAWN} AS key
FROM candidate one JOIN annotation_response other
  ON other.prompt_id = one.prompt_id AND other.author_id + 0 = %(reference)s AND other.digest <> one.digest
WHERE one.author_id <> %(reference)s
"""
BEST_WORST = f"""
{SCORED}
, ranked AS (
    SELECT candidate.*, row_number() OVER (PARTITION BY prompt_id ORDER BY value DESC, id) AS rank,
           count(*) OVER (PARTITION BY prompt_id) AS n
    FROM candidate
)
SELECT best.prompt_id, best.id AS one, worst.id AS other, worst.value - best.value AS key
FROM ranked best JOIN ranked worst
  ON worst.prompt_id = best.prompt_id AND worst.rank = worst.n + 1 - best.rank AND best.value > worst.value
WHERE worst.digest <> best.digest
"""
# A reward model's score is a log-odds: the nearer two scores, the nearer to one half is its chance that one is better.
UNCERTAIN = f"""
{SCORED}
SELECT one.prompt_id, one.id AS one, other.id AS other, abs(one.value - other.value) AS key
FROM candidate one JOIN candidate other
  ON other.prompt_id = one.prompt_id AND other.id > one.id AND other.digest <> one.digest
"""
LIMITED = """
SELECT prompt_id, one, other
FROM (
    SELECT met.*, row_number() OVER (PARTITION BY prompt_id ORDER BY key, one, other) AS place FROM ({met}) met
) placed
WHERE %(per_prompt)s::bigint IS NULL OR place <= %(per_prompt)s::bigint
ORDER BY {order}, one, other LIMIT %(limit)s
"""
WHOLE = f"SELECT prompt_id, one, other, {SAID} FROM ({{met}}) wanted"


@dataclass(frozen=True)
class Strategy:
    """A way to choose pairs: its words, its query, and the author that it `needs`.

    `per_prompt` is the limit where none is given. Of a limit over the collection, `order` says which pairs come first.
    """

    label: str
    says: str
    query: str
    source: str
    needs: Literal["reference", "scored_by", ""] = ""
    per_prompt: int | None = None
    order: str = "place, key"

    def chosen(self, is_limited: bool) -> str:
        """The query for `pairing.inserting`."""
        return WHOLE.format(met=LIMITED.format(met=self.query, order=self.order) if is_limited else self.query)


STRATEGIES = {
    "all": Strategy(
        "All pairs",
        "Each response to a prompt against each other response to it.",
        ALL,
        source="all pairs",
    ),
    "reference": Strategy(
        "Against a reference",
        "Each response against the responses of one author, for example a baseline model.",
        REFERENCE,
        source="against {author}",
        needs="reference",
    ),
    "best_worst": Strategy(
        "Best against worst",
        "By score: the best response to a prompt against the worst, then the second best against the second worst.",
        BEST_WORST,
        source="best against worst by {author}",
        needs="scored_by",
        per_prompt=1,
    ),
    "uncertain": Strategy(
        "Most uncertain",
        "By score: responses to a prompt whose scores are nearest to each other, where a judgment teaches most.",
        UNCERTAIN,
        source="most uncertain by {author}",
        needs="scored_by",
        per_prompt=1,
        order="key",
    ),
}
