"""How far a judge agrees with people, and people among themselves, over the pairs that both judged, and in parts.

Each vote of a person on a pair is compared with the judge's, as MT-bench does; over people, every two votes.
"""

from collections import defaultdict

from django.db.models import F

from annotation.judges.cards import slices
from annotation.judges.cards.figures import NOTHING, Agreement, Rate, Slice, rate, sums
from annotation.judges.cards.queries import JUDGED, SUMS, rows
from annotation.models import Author, Pair
from annotation.statistics.intervals import Sums

ALL = "all"
QUARTILES = "gap"

# Over the votes of people on a pair: so many for the left, for a tie, for the right.
SQL = """
WITH {judged},
voted AS (
    SELECT judged.pair_id, judged.verdict, to_char(judged.created_at AT TIME ZONE 'UTC', 'YYYY-MM') AS month,
        count(*) FILTER (WHERE vote.grade < 0) AS l,
        count(*) FILTER (WHERE vote.grade = 0) AS t,
        count(*) FILTER (WHERE vote.grade > 0) AS r
    FROM judged
    JOIN annotation_judgment vote ON vote.pair_id = judged.pair_id AND vote.superseded_at IS NULL
        AND vote.grade IS NOT NULL
    JOIN annotation_author person ON person.id = vote.author_id AND person.kind = 'person'
    GROUP BY judged.pair_id, judged.verdict, judged.created_at
),
compared AS (
    SELECT facts.*, month,
        CASE verdict WHEN -1 THEN l WHEN 0 THEN t ELSE r END AS same, l + t + r AS votes,
        CASE verdict WHEN -1 THEN l WHEN 0 THEN 0 ELSE r END AS same_side,
        CASE verdict WHEN 0 THEN 0 ELSE l + r END AS decided,
        (l * (l - 1) + t * (t - 1) + r * (r - 1)) / 2 AS people_same,
        (l + t + r) * (l + t + r - 1) / 2 AS people_votes,
        (l * (l - 1) + r * (r - 1)) / 2 AS people_same_side, (l + r) * (l + r - 1) / 2 AS people_decided
    FROM voted
    JOIN ({facts}) AS facts(id, prompt, collection, language, domain, turns, gap) ON facts.id = pair_id
),
bounds AS (SELECT percentile_disc(ARRAY[0.25, 0.5, 0.75, 1]) WITHIN GROUP (ORDER BY gap) AS up_to FROM compared),
by_prompt AS (
    SELECT by, value, prompt, count(*) AS pairs, count(*) FILTER (WHERE same < votes) AS disagreed,
        sum(same) AS same, sum(votes) AS votes, sum(same_side) AS same_side, sum(decided) AS decided,
        sum(people_same) AS people_same, sum(people_votes) AS people_votes,
        sum(people_same_side) AS people_same_side, sum(people_decided) AS people_decided
    FROM compared, bounds, LATERAL (VALUES
        ('all', ''), ('collection', collection), ('language', language), ('domain', domain), ('turns', turns),
        ('month', month), ('gap', CASE
            WHEN gap <= up_to[1] THEN '0–' || up_to[1]
            WHEN gap <= up_to[2] THEN up_to[1] + 1 || '–' || up_to[2]
            WHEN gap <= up_to[3] THEN up_to[2] + 1 || '–' || up_to[3]
            ELSE up_to[3] + 1 || '–' || up_to[4] END)
    ) AS part(by, value)
    GROUP BY by, value, prompt
)
SELECT by, value, measure, {sums}
FROM by_prompt, LATERAL (VALUES
    ('disagreed', disagreed, pairs),
    ('people', same, votes), ('people decided', same_side, decided),
    ('ceiling', people_same, people_votes), ('ceiling decided', people_same_side, people_decided)
) AS measured(measure, top, bottom)
GROUP BY by, value, measure
"""


def agreement(judge: Author) -> tuple[Slice, list[Slice]]:
    """Over all pairs that people judged too, and over each part of them; parts with most pairs first."""
    inner, params = FACTS.query.sql_with_params()
    named = {f"fact_{number}": value for number, value in enumerate(params)}
    facts = inner.replace("%%", "%%%%") % tuple(f"%({name})s" for name in named)
    found: dict[tuple[str, str], dict[str, Sums]] = defaultdict(dict)
    sql = SQL.format(judged=JUDGED, facts=facts, sums=SUMS)
    for by, value, measure, *row in rows(sql, {"judge": judge.pk} | named):
        found[by, value][measure] = sums(row)
    whole = part(ALL, "", found.pop((ALL, ""), {}))
    parts = [part(by, value, measured) for (by, value), measured in found.items()]
    return whole, sorted(parts, key=lambda one: (one.by, *order(one)))


FACTS = slices.facts(Pair.objects.order_by()).values_list(
    "id", "prompt_id", "collection__slug", F("language"), F("domain"), F("turns"), F("gap")
)


def part(by: str, value: str, measured: dict[str, Sums]) -> Slice:
    differ = measured.get("disagreed", NOTHING)
    return Slice(by, value, int(differ.bottom), int(differ.top), both(measured, "people"), both(measured, "ceiling"))


def both(measured: dict[str, Sums], name: str) -> Agreement:
    return Agreement(rate_of(measured, name), rate_of(measured, f"{name} decided"))


def rate_of(measured: dict[str, Sums], name: str) -> Rate:
    return rate(measured.get(name, NOTHING))


def order(one: Slice) -> tuple[float, str]:
    """Gaps from the narrowest, months and turns as they follow, other parts by the number of their pairs."""
    if one.by == QUARTILES:
        return float(one.value.partition("–")[0]), ""
    return (0.0, one.value) if one.by in ("month", "turns") else (-float(one.pairs), one.value)
