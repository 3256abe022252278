"""A turn that somebody else has, for as long as a test wants it."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def taken(name: str) -> Iterator[None]:
    elsewhere = connection.copy()
    with elsewhere.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    try:
        yield
    finally:
        # The studio's own `close` keeps the connection for the next who wants one, and the turn with it.
        elsewhere.connection.close()
