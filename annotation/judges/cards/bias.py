"""What else than quality a judge follows: the order shown, length, lists. As `annotation.statistics.bias`, but in SQL.

Only lists are counted here in Python, for that takes the texts: over the newest verdicts, and enough of them for an
interval of ± 2 %.
"""

from typing import Any

from annotation.judges.cards.figures import NOTHING, Bias, Rate, rate, sums
from annotation.judges.cards.queries import JUDGED, SUMS, rows
from annotation.models import Author, Judgment
from annotation.statistics.bias import SIGNIFICANT_LENGTH, has_list, has_list_as_published
from annotation.statistics.intervals import Sums

READ = 5_000

# The verdicts in one order: each answer of the judge, or the judgment itself where it was read once.
SHOWN = """
shown AS (
    SELECT judged.pair_id, call.shown, sign(coalesce(call.grade, call.preference - 0.5)) AS verdict
    FROM judged JOIN annotation_judgecall call ON call.judgment_id = judged.id
    WHERE call.error = '' AND call.shown <> 'both' AND (call.grade IS NOT NULL OR call.preference IS NOT NULL)
    UNION ALL
    SELECT pair_id, shown, verdict FROM judged
    WHERE shown <> 'both' AND NOT EXISTS (SELECT FROM annotation_judgecall call WHERE call.judgment_id = judged.id)
)"""
SQL = f"""
WITH {JUDGED}, {SHOWN},
counted AS (
    SELECT 'consistency' AS measure, pair_id, consistent::int::float AS top
    FROM judged WHERE consistent IS NOT NULL
    UNION ALL
    SELECT 'first position', pair_id, (1 - verdict * CASE shown WHEN 'left_first' THEN 1 ELSE -1 END) / 2.0 FROM shown
    UNION ALL
    SELECT 'longer', judged.pair_id, ((r.length > l.length) = (verdict > 0))::int
    FROM judged
    JOIN annotation_pair pair ON pair.id = judged.pair_id
    JOIN annotation_response l ON l.id = pair.left_id
    JOIN annotation_response r ON r.id = pair.right_id
    WHERE verdict <> 0 AND abs(l.length - r.length) > %(significant)s
),
by_prompt AS (
    SELECT measure, prompt_id, sum(top) AS top, count(*) AS bottom
    FROM counted JOIN annotation_pair pair ON pair.id = pair_id
    GROUP BY measure, prompt_id
)
SELECT measure, {SUMS} FROM by_prompt GROUP BY measure
"""


def bias(judge: Author) -> Bias:
    found = {
        measure: rate(sums(row)) for measure, *row in rows(SQL, {"judge": judge.pk, "significant": SIGNIFICANT_LENGTH})
    }
    nothing = rate(NOTHING)
    lists, published = list_rates(judge)
    return Bias(
        consistency=found.get("consistency", nothing),
        first_position=found.get("first position", nothing),
        longer=found.get("longer", nothing),
        lists=lists,
        lists_published=published,
    )


def list_rates(judge: Author) -> tuple[Rate, Rate]:
    """How often the text with a list wins where only one has a list: ours, and as AlpacaEval finds lists."""
    given: Any = judge.judgments.filter(superseded_at=None, state=Judgment.State.VALID).exclude(grade=0)
    newest = given.order_by("-id").values_list("pair__prompt", "pair__left__text", "pair__right__text", "grade")[:READ]
    ours, theirs = Tally(), Tally()
    for prompt, left, right, grade in newest.iterator(500):
        ours.add(prompt, grade, has_list(left), has_list(right))
        theirs.add(prompt, grade, has_list_as_published(left), has_list_as_published(right))
    return ours.rate, theirs.rate


class Tally:
    """Wins of the text with a list, by prompt."""

    def __init__(self) -> None:
        self.by_prompt: dict[int, tuple[int, int]] = {}

    def add(self, prompt: int, grade: int, left: bool, right: bool) -> None:
        if left != right:
            top, bottom = self.by_prompt.get(prompt, (0, 0))
            self.by_prompt[prompt] = top + (right == (grade > 0)), bottom + 1

    @property
    def rate(self) -> Rate:
        return rate(Sums.of(self.by_prompt.values()))
