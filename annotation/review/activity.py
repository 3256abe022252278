"""What people did: judgments, agreement, habits, flags and skips of each person, counted in PostgreSQL.

Current valid judgments count; of agreement a judgment is held against every other person's and every judge's of the
same pair, as in `review.grades`: with ties, where a tie agrees with a tie, and without, where both must have a side.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from msgspec import Struct

from annotation.judges.cards.figures import NOTHING, Agreement, Rate, rate, sums
from annotation.judges.cards.queries import SUMS
from annotation.models import Flag, Remark
from annotation.statistics.bias import SIGNIFICANT_LENGTH

# Of fewer shared pairs an agreement is not shown.
FEWEST = 10
WEEK = 7

GIVEN = """
WITH given AS MATERIALIZED (
    SELECT author.user_id AS person, {part} AS part, judgment.author_id, judgment.pair_id,
        sign(judgment.grade)::int AS verdict, judgment.both_bad, judgment.seconds, judgment.too_fast,
        judgment.created_at, judgment.shown,
        (sign(judgment.grade) * CASE judgment.shown WHEN 'right_first' THEN -1 ELSE 1 END)::int AS seen
    FROM annotation_judgment judgment
    JOIN annotation_author author ON author.id = judgment.author_id AND author.user_id IS NOT NULL
    JOIN annotation_pair pair ON pair.id = judgment.pair_id
    JOIN annotation_collection collection ON collection.id = pair.collection_id
    WHERE judgment.superseded_at IS NULL AND judgment.grade IS NOT NULL
      AND (%(person)s::bigint IS NULL OR author.user_id = %(person)s)
      AND (%(collection)s::bigint IS NULL OR pair.collection_id = %(collection)s)
      AND (%(since)s::timestamptz IS NULL OR judgment.created_at >= %(since)s)
)
"""
COUNTS = (
    GIVEN
    + """
SELECT person, part, count(*), count(*) FILTER (WHERE created_at >= %(today)s),
    count(*) FILTER (WHERE created_at >= %(week)s), count(*) FILTER (WHERE verdict = 0 AND NOT both_bad),
    count(*) FILTER (WHERE both_bad), count(*) FILTER (WHERE too_fast),
    percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds), max(created_at)
FROM given GROUP BY person, part
"""
)
RATES = (
    GIVEN
    + f"""
, others AS (
    SELECT given.person, given.part, given.pair_id, given.verdict, by_other.kind,
        sign(other.grade)::int AS theirs
    FROM given
    JOIN annotation_judgment other ON other.pair_id = given.pair_id AND other.author_id <> given.author_id
        AND other.superseded_at IS NULL AND other.grade IS NOT NULL
    JOIN annotation_author by_other ON by_other.id = other.author_id AND (by_other.kind = 'person'
        OR by_other.kind = 'judge' AND (%(judge)s::bigint IS NULL OR by_other.id = %(judge)s))
),
measured AS (
    SELECT person, part, kind AS measure, count(*) FILTER (WHERE theirs = verdict) AS top, count(*) AS bottom
    FROM others GROUP BY person, part, kind, pair_id
    UNION ALL
    SELECT person, part, kind || ' decided', count(*) FILTER (WHERE theirs = verdict), count(*)
    FROM others WHERE verdict <> 0 AND theirs <> 0 GROUP BY person, part, kind, pair_id
    UNION ALL
    SELECT person, part, 'left', (seen < 0)::int, 1 FROM given WHERE seen <> 0 AND shown <> 'both'
    UNION ALL
    SELECT person, part, 'longer', ((r.length > l.length) = (verdict > 0))::int, 1
    FROM given
    JOIN annotation_pair pair ON pair.id = given.pair_id
    JOIN annotation_response l ON l.id = pair.left_id
    JOIN annotation_response r ON r.id = pair.right_id
    WHERE verdict <> 0 AND abs(l.length - r.length) > {SIGNIFICANT_LENGTH}
)
SELECT person, part, measure, {SUMS} FROM measured GROUP BY person, part, measure
"""
)
# What figures are told apart by: nothing, the collection, or the week, which begins on a Monday.
PARTS = {
    "": "''",
    "collection": "collection.slug",
    "week": "to_char(date_trunc('week', judgment.created_at AT TIME ZONE %(zone)s), 'YYYY-MM-DD')",
}


class Activity(Struct, frozen=True):
    """One person's figures. `week` are the last seven days with today; `seconds` is the median time on a pair.

    `left` is the share of the response shown on the left, `longer` that of the clearly longer one, both among those
    that are no tie. Of an agreement `prompts` counts the pairs that both judged: its interval is over pairs.
    """

    n: int = 0
    today: int = 0
    week: int = 0
    ties: int = 0
    both_bad: int = 0
    too_fast: int = 0
    seconds: float | None = None
    last: datetime | None = None
    people: Agreement = Agreement(rate(NOTHING), rate(NOTHING))
    judges: Agreement = Agreement(rate(NOTHING), rate(NOTHING))
    left: Rate = rate(NOTHING)
    longer: Rate = rate(NOTHING)
    flags: int = 0
    skips: int = 0


@dataclass(frozen=True)
class Asked:
    """Which judgments are counted: of one collection, since a day, by one person; agreement with one judge or all."""

    collection: int | None = None
    since: date | None = None
    judge: int | None = None
    person: int | None = None

    @property
    def params(self) -> dict[str, Any]:
        today = midnight(timezone.localdate())
        return {
            "collection": self.collection,
            "since": midnight(self.since) if self.since else None,
            "judge": self.judge,
            "person": self.person,
            "today": today,
            "week": midnight(first_of_week()),
            "zone": timezone.get_current_timezone_name(),
        }

    def narrowed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Flags or skips, as judgments are."""
        conditions = Q(author__user__isnull=False)
        if self.collection:
            conditions &= Q(pair__collection=self.collection)
        if self.since:
            conditions &= Q(created_at__gte=midnight(self.since))
        if self.person:
            conditions &= Q(author__user=self.person)
        return rows.filter(conditions)


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, datetime.min.time()))


def first_of_week() -> date:
    """The first of the last seven days."""
    return timezone.localdate() - timedelta(days=WEEK - 1)


def activity(asked: Asked) -> dict[int, Activity]:
    """By user id; whoever did nothing is not there."""
    found = {person: told for (person, _), told in parts(asked, "").items()}
    for name, rows in (("flags", Flag.objects.all()), ("skips", Remark.objects.all())):
        of_each = (
            asked.narrowed(rows).order_by().values("author__user").annotate(n=Count("pk"), newest=Max("created_at"))
        )
        for row in of_each:
            known = found.get(row["author__user"], Activity())
            found[row["author__user"]] = with_acts(known, name, row["n"], row["newest"])
    return found


def with_acts(known: Activity, name: str, n: int, newest: datetime) -> Activity:
    last = max(known.last, newest) if known.last else newest
    return Activity(**{field: getattr(known, field) for field in Activity.__struct_fields__} | {name: n, "last": last})


def parts(asked: Asked, by: str) -> dict[tuple[int, str], Activity]:
    """By user id and part: one of `PARTS`. Flags and skips are not told apart."""
    rates: dict[tuple[int, str], dict[str, Rate]] = defaultdict(dict)
    for person, part, measure, *row in rows_of(RATES, asked, by):
        rates[person, part][measure] = rate(sums(row))
    found = {}
    for person, part, *counts in rows_of(COUNTS, asked, by):
        told = rates[person, part]
        found[person, part] = Activity(
            *counts, both(told, "person"), both(told, "judge"), share(told, "left"), share(told, "longer")
        )
    return found


def both(told: Mapping[str, Rate], kind: str) -> Agreement:
    return Agreement(share(told, kind), share(told, f"{kind} decided"))


def share(told: Mapping[str, Rate], measure: str) -> Rate:
    return told.get(measure) or rate(NOTHING)


def rows_of(sql: str, asked: Asked, by: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.replace("{part}", PARTS[by]), asked.params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
