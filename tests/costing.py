"""What statements cost PostgreSQL, whatever else this machine does meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

OURS = "relkind = 'r' AND relname ~ '^(annotation|training)_'"


def worked() -> float:
    """Seconds that the server's process for us has computed so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(Path(f"/proc/{cursor.fetchone()[0]}/schedstat").read_text().split()[0]) / 1e9


def looked_at(table: str) -> int:
    """Rows that the planner takes a table to have; -1 where PostgreSQL has never looked at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = %s", [table])
        return int(cursor.fetchone()[0])


def forget() -> None:
    """What the planner knows of all tables."""
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE {OURS}")
        cursor.execute(f"DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE {OURS})")


@contextmanager
def nobody_looks() -> Iterator[None]:
    """PostgreSQL does not look at the tables by itself, and knows nothing of them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT relname FROM pg_class WHERE {OURS}")
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = false)")
        forget()
        yield
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} RESET (autovacuum_enabled)")
