"""An aggregate over an aggregate: figures over prompts, where a prompt's own figure is a mean over its responses.

The ORM groups once. Its query is wrapped into an outer one, so that the prompts' rows never leave PostgreSQL.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def aggregate(inner: QuerySet[Any, Any], columns: str, select: str, by: str) -> list[tuple[Any, ...]]:
    """`SELECT {by}, {select} FROM inner AS met({columns}) GROUP BY {by}`; the three are literals of the caller."""
    try:
        sql, params = inner.order_by().query.sql_with_params()
    except EmptyResultSet:
        return []  # Nothing can match, so the ORM writes no query.
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {by}, {select} FROM ({sql}) AS met({columns}) GROUP BY {by}", params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
