"""Rows of files on their way into tables: copied beside them first, then merged by one statement."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction

from studio.database.copy import copy

Record = dict[str, Any]


@contextmanager
def staged(columns: str, rows: list[tuple[Any, ...]]) -> Iterator[Any]:
    """A transaction with the rows in the table `staged`; gives a cursor."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE staged ({columns}) ON COMMIT DROP")
        copy(cursor, "staged", rows)
        cursor.execute("ANALYZE staged")
        yield cursor
        # Where a caller holds the transaction open, the next chunk begins with the same name.
        cursor.execute("DROP TABLE staged")


def merge(columns: str, rows: list[tuple[Any, ...]], statement: str, values: dict[str, Any]) -> None:
    with staged(columns, rows) as cursor:
        cursor.execute(statement, values)


def storable(text: str) -> str:
    """PostgreSQL takes every character but NUL, which a byte-level model may well write."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def storable_record(record: Record) -> Record:
    return {name: storable(value) if isinstance(value, str) else value for name, value in record.items()}
