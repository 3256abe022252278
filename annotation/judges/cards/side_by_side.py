"""Two judges side by side, over the pairs that both judged: what differs, and how sure that is."""

from annotation.judges.cards.figures import NOTHING, Difference, Rate, difference, rate, sums
from annotation.judges.cards.queries import SUMS, rows
from annotation.models import Author

# For each measure what the first has right, what the second has, and the difference, of the same number. One row of
# `measured` for each comparison: a pair that both judged with one vote of a person or label, or with itself.
SQL = f"""
WITH met AS (
    SELECT a.pair_id, pair.prompt_id, sign(a.grade) AS one, sign(b.grade) AS other,
        a.consistent::int AS one_consistent, b.consistent::int AS other_consistent
    FROM annotation_judgment a
    JOIN annotation_judgment b ON b.pair_id = a.pair_id AND b.author_id = %(other)s AND b.superseded_at IS NULL
        AND b.grade IS NOT NULL
    JOIN annotation_pair pair ON pair.id = a.pair_id
    WHERE a.author_id = %(one)s AND a.superseded_at IS NULL AND a.grade IS NOT NULL
),
voted AS (
    SELECT met.*, person.kind, sign(vote.grade) AS vote
    FROM met
    JOIN annotation_judgment vote ON vote.pair_id = met.pair_id AND vote.superseded_at IS NULL
        AND vote.grade IS NOT NULL
    JOIN annotation_author person ON person.id = vote.author_id AND person.kind IN ('person', 'gold')
),
measured AS (
    SELECT kind AS measure, prompt_id, (one = vote)::int AS one, (other = vote)::int AS other FROM voted
    UNION ALL
    SELECT 'decided', prompt_id, (one = vote)::int, (other = vote)::int FROM voted
    WHERE kind = 'person' AND vote <> 0 AND one <> 0 AND other <> 0
    UNION ALL
    SELECT 'consistency', prompt_id, one_consistent, other_consistent FROM met
    WHERE one_consistent IS NOT NULL AND other_consistent IS NOT NULL
    UNION ALL
    SELECT 'same', prompt_id, (one = other)::int, 0 FROM met
),
by_prompt AS (
    SELECT measure, prompt_id, sum(one) AS one, sum(other) AS other, count(*) AS bottom
    FROM measured GROUP BY measure, prompt_id
)
SELECT measure, side, {SUMS}
FROM by_prompt, LATERAL (VALUES ('one', one), ('other', other), ('apart', other - one)) AS sided(side, top)
GROUP BY measure, side
"""
MEASURES = {
    "person": "Agreement with people",
    "decided": "Agreement with people, ties left out",
    "gold": "Correct by gold labels",
    "consistency": "Consistent over the swap",
}


def beside(one: Author, other: Author) -> tuple[list[Difference], Rate]:
    """Each figure that both have, and how often the two give the same verdict."""
    found = {(name, side): sums(row) for name, side, *row in rows(SQL, {"one": one.pk, "other": other.pk})}
    differences = [
        difference(title, *(found[name, side] for side in ("one", "other", "apart")))
        for name, title in MEASURES.items()
        if (name, "one") in found
    ]
    return differences, rate(found.get(("same", "one"), NOTHING))
