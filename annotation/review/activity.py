"""What people did: judgments, agreement, habits, flags and skips of each person, counted in PostgreSQL.

Current valid judgments count; of agreement a judgment is held against every other person's and every judge's of the
same pair, as in `review.agreement`: with ties, where a tie agrees with a tie, and without, where both must have a
side.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.utils import timezone
from msgspec import Struct, structs

from annotation.judges.cards.figures import NOTHING, known, sums
from annotation.models import Flag, Remark
from annotation.statistics.bias import SIGNIFICANT_LENGTH
from annotation.statistics.intervals import Sums, clustered_rate
from studio.projects.scope import here

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
    WHERE judgment.project_id = %(project)s AND judgment.superseded_at IS NULL AND judgment.grade IS NOT NULL
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
SHARES = (
    GIVEN
    + f"""
, votes AS (
    SELECT vote.pair_id,
        count(*) FILTER (WHERE by.kind = 'person' AND vote.grade < 0) AS l,
        count(*) FILTER (WHERE by.kind = 'person' AND vote.grade = 0) AS t,
        count(*) FILTER (WHERE by.kind = 'person' AND vote.grade > 0) AS r,
        count(*) FILTER (WHERE by.kind = 'judge' AND vote.grade < 0) AS judged_l,
        count(*) FILTER (WHERE by.kind = 'judge' AND vote.grade = 0) AS judged_t,
        count(*) FILTER (WHERE by.kind = 'judge' AND vote.grade > 0) AS judged_r
    FROM annotation_judgment vote
    JOIN annotation_author by ON by.id = vote.author_id AND (by.kind = 'person'
        OR by.kind = 'judge' AND (%(judge)s::bigint IS NULL OR by.id = %(judge)s))
    WHERE vote.project_id = %(project)s AND vote.superseded_at IS NULL AND vote.grade IS NOT NULL {{of_given}}
    GROUP BY vote.pair_id
),
-- Of the votes of people one is the person's own.
compared AS (
    SELECT given.*, l + t + r - 1 AS votes, l + r - 1 AS decided,
        CASE verdict WHEN -1 THEN l WHEN 0 THEN t ELSE r END - 1 AS same,
        judged_l + judged_t + judged_r AS judged, judged_l + judged_r AS judged_decided,
        CASE verdict WHEN -1 THEN judged_l WHEN 0 THEN judged_t ELSE judged_r END AS judged_same
    FROM given JOIN votes USING (pair_id)
),
-- Few judgments are unlike: like ones are counted, and then weighed.
alike AS (
    SELECT person, part, verdict <> 0 AS is_decided, seen < 0 AS is_first, shown <> 'both' AS is_known,
        votes, decided, same, judged, judged_decided, judged_same, count(*) AS times
    FROM compared GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
),
measured AS (
    SELECT person, part, measure, top, bottom, times
    FROM alike, LATERAL (VALUES
        ('person', same, votes, true),
        ('person decided', same, decided, is_decided),
        ('judge', judged_same, judged, true),
        ('judge decided', judged_same, judged_decided, is_decided),
        ('first position', is_first::int, 1, is_decided AND is_known)
    ) AS told(measure, top, bottom, counts)
    WHERE counts AND bottom > 0
    UNION ALL
    SELECT person, part, 'longer', ((r.length > l.length) = (verdict > 0))::int, 1, 1
    FROM given
    JOIN annotation_pair pair ON pair.id = given.pair_id
    JOIN annotation_response l ON l.id = pair.left_id
    JOIN annotation_response r ON r.id = pair.right_id
    WHERE verdict <> 0 AND abs(l.length - r.length) > {SIGNIFICANT_LENGTH}
)
SELECT person, part, measure, sum(times), sum(times * top), sum(times * bottom),
    sum(times * top * top), sum(times * top * bottom), sum(times * bottom * bottom)
FROM measured GROUP BY person, part, measure
"""
)
# Where all judgments count, their pairs need not be looked for.
OF_GIVEN = "AND vote.pair_id IN (SELECT pair_id FROM given)"
# What figures are told apart by: nothing, the collection, or the week, which begins on a Monday.
PARTS = {
    "": "''",
    "collection": "collection.slug",
    "week": "to_char(date_trunc('week', judgment.created_at AT TIME ZONE %(zone)s), 'YYYY-MM-DD')",
}


class PairShare(Struct, frozen=True):
    """A share, `top` of `n` comparisons over `pairs`, with its 95 % interval over pairs; None where there is none."""

    estimate: float | None
    low: float
    high: float
    n: int
    top: float
    pairs: int

    @classmethod
    def of(cls, sums: Sums) -> "PairShare":
        interval = clustered_rate(sums)
        return cls(known(interval), interval.low, interval.high, interval.n, sums.top, sums.clusters)


NONE = PairShare.of(NOTHING)


class AgreementShares(Struct, frozen=True):
    """As MT-bench counts: every tie equal to every tie, and comparisons with a tie left out."""

    with_ties: PairShare = NONE
    without_ties: PairShare = NONE


class Activity(Struct, frozen=True):
    """One person's figures. `week` are the last seven days with today; `seconds` is the median time on a pair.

    `first_position` is the share of the response shown on the left, `longer` that of the clearly longer one, both
    among those that are no tie.
    """

    n: int = 0
    today: int = 0
    week: int = 0
    ties: int = 0
    both_bad: int = 0
    too_fast: int = 0
    seconds: float | None = None
    last: datetime | None = None
    people: AgreementShares = AgreementShares()
    judges: AgreementShares = AgreementShares()
    first_position: PairShare = NONE
    longer: PairShare = NONE
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
            "project": here(),
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
        by_person = asked.narrowed(rows).order_by().values_list("author__user")
        for person, n, newest in by_person.annotate(n=Count("pk"), newest=Max("created_at")):
            told = found.get(person, Activity())
            found[person] = structs.replace(told, last=max(told.last or newest, newest), **{name: n})
    return found


def parts(asked: Asked, by: str, *, with_shares: bool = True) -> dict[tuple[int, str], Activity]:
    """By user id and part: one of `PARTS`. Flags and skips are not told apart, and shares only where asked for."""
    shares: dict[tuple[int, str], dict[str, PairShare]] = defaultdict(dict)
    for person, part, measure, *row in rows_of(SHARES, asked, by) if with_shares else []:
        shares[person, part][measure] = PairShare.of(sums(row))
    found = {}
    for person, part, *counts in rows_of(COUNTS, asked, by):
        told = shares[person, part]
        found[person, part] = structs.replace(
            Activity(*counts),
            people=both(told, "person"),
            judges=both(told, "judge"),
            first_position=told.get("first position", NONE),
            longer=told.get("longer", NONE),
        )
    return found


def both(told: Mapping[str, PairShare], kind: str) -> AgreementShares:
    return AgreementShares(told.get(kind, NONE), told.get(f"{kind} decided", NONE))


def rows_of(sql: str, asked: Asked, by: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        of_given = "" if asked == Asked() else OF_GIVEN
        cursor.execute(sql.replace("{part}", PARTS[by]).replace("{of_given}", of_given), asked.params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
