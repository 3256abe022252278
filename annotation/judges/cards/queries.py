"""The SQL that the figures of a card share, and how it is run."""

from typing import Any

from django.db import connection

# Of rows (top, bottom), one for each cluster: what `figures.sums` reads.
SUMS = """count(*) FILTER (WHERE bottom > 0), sum(top), sum(bottom),
    sum(top * top), sum(top * bottom), sum(bottom * bottom)"""

# The current verdicts of the judge, −1, 0 or 1.
JUDGED = """
judged AS (
    SELECT id, pair_id, sign(grade)::int AS verdict, shown, consistent, created_at
    FROM annotation_judgment
    WHERE author_id = %(judge)s AND superseded_at IS NULL AND grade IS NOT NULL
)"""


def rows(sql: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
