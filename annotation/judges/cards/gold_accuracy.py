"""A judge against labels that are taken as right, set by set."""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

from annotation.judges.cards.figures import Gold, rate
from annotation.judges.cards.queries import rows
from annotation.models import Author
from annotation.statistics.gold_accuracy import Orders, orders
from annotation.statistics.intervals import Sums

# One row for each labelled pair that the judge has judged or failed on. Of k answers in one order the mean decides, as
# it does for the verdict: of preferences where the judge gives them. What a person read in an answer is a grade, and
# beside preferences its side counts alone (`protocols.combining.mean_share`).
SQL = """
WITH judged AS (
    SELECT id, pair_id, sign(grade)::int AS verdict, preference, shown FROM annotation_judgment
    WHERE author_id = %(judge)s AND superseded_at IS NULL
),
in_order AS (
    SELECT call.judgment_id, call.shown,
        sign(CASE WHEN judged.preference IS NOT NULL OR count(call.preference) > 0
             THEN avg(coalesce(2 * call.preference - 1, sign(call.grade))) FILTER (WHERE call.error = '')
             ELSE avg(call.grade) FILTER (WHERE call.error = '') END)::int AS verdict
    FROM annotation_judgecall call JOIN judged ON judged.id = call.judgment_id
    GROUP BY call.judgment_id, call.shown, judged.preference
)
SELECT gold.id, gold.name, collection.name, collection.slug, pair.prompt_id, sign(label.grade)::int, judged.verdict,
    l.judgment_id IS NOT NULL AND r.judgment_id IS NOT NULL, l.verdict, r.verdict
FROM judged
JOIN annotation_judgment label ON label.pair_id = judged.pair_id AND label.superseded_at IS NULL
    AND label.grade IS NOT NULL
JOIN annotation_author gold ON gold.id = label.author_id AND gold.kind = 'gold'
JOIN annotation_pair pair ON pair.id = judged.pair_id
JOIN annotation_collection collection ON collection.id = pair.collection_id
LEFT JOIN in_order l ON l.judgment_id = judged.id AND l.shown = 'left_first'
LEFT JOIN in_order r ON r.judgment_id = judged.id AND r.shown = 'right_first'
"""


class Labelled(NamedTuple):
    """One pair: its label, the judge's verdict, and those in each order; None where there is none."""

    prompt: int
    label: int
    verdict: int | None
    both_orders: bool
    left_first: int | None
    right_first: int | None

    @property
    def correct(self) -> float:
        if self.both_orders:
            return ((self.left_first == self.label) + (self.right_first == self.label)) / 2
        return float(self.verdict == self.label)


def gold(judge: Author) -> list[Gold]:
    sets: dict[tuple[Any, ...], list[Labelled]] = defaultdict(list)
    for author, name, collection, slug, *row in rows(SQL, {"judge": judge.pk}):
        sets[slug, author, name, collection].append(Labelled(*row))
    return [
        of_set(slug, author, name, title, sets[slug, author, name, title])
        for slug, author, name, title in sorted(sets)
    ]


def of_set(slug: str, author: int, name: str, collection: str, pairs: list[Labelled]) -> Gold:
    found = in_both_orders(pairs)
    return Gold(
        author=author,
        name=name,
        collection=collection,
        slug=slug,
        n=len(pairs),
        correct=rate(Sums.of(by_prompt(pairs))),
        correct_left_first=found and found.plain,
        correct_right_first=found and found.swapped,
        correct_average=found and found.average,
        correct_both=found and found.both,
        equal=found and found.equal,
        failed=sum(pair.verdict is None for pair in pairs),
    )


def in_both_orders(pairs: list[Labelled]) -> Orders | None:
    read = Counter((pair.label, pair.left_first, pair.right_first) for pair in pairs if pair.both_orders)
    return orders(read) if read else None


def by_prompt(pairs: list[Labelled]) -> list[tuple[float, float]]:
    totals: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for pair in pairs:
        totals[pair.prompt][0] += pair.correct
        totals[pair.prompt][1] += 1
    return [(correct, n) for correct, n in totals.values()]
