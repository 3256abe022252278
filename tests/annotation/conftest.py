"""Two at once, each with a connection of its own, who meet at a chosen point."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Event
from typing import Any

import pytest
from django.db import connection

from studio.projects.scope import enter, here

WAITS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND cardinality(pg_blocking_pids(pid)) > 0
"""


@pytest.fixture
def overlapping() -> Callable[..., bool]:
    """`overlapping(one, other)`: `other` happens while `one` stands where it wrote pairs and committed nothing yet.

    `one` goes on when `other` has ended, or waits for it in PostgreSQL: the answer says whether it had to wait. It
    stands after the `nth` of its statements that begin with `at`.
    """

    def run(
        one: Callable[[], object], other: Callable[[], object], at: str = 'UPDATE "annotation_pair"', nth: int = 1
    ) -> bool:
        wrote, go_on, seen = Event(), Event(), []

        def stand(execute: Callable[..., Any], sql: str, *given: Any) -> Any:
            result = execute(sql, *given)
            seen.extend([sql] if sql.lstrip().startswith(at) else [])
            if len(seen) == nth and not wrote.is_set():
                wrote.set()
                assert go_on.wait(30)
            return result

        def alone(act: Callable[[], object], *, stands: bool) -> None:
            try:
                with connection.execute_wrapper(stand) if stands else nullcontext():
                    act()
            finally:
                connection.close()

        with ThreadPoolExecutor(2, initializer=enter, initargs=(here(),)) as pool:
            first = pool.submit(alone, one, stands=True)
            until(lambda: wrote.is_set() or first.done())
            second = pool.submit(alone, other, stands=False)
            until(lambda: second.done() or waits())
            waited = not second.done()
            go_on.set()
            first.result(30)
            second.result(30)
        assert wrote.is_set()
        return waited

    return run


def waits() -> bool:
    """Whether any connection waits for a lock that another holds."""
    with connection.cursor() as cursor:
        cursor.execute(WAITS)
        return bool((cursor.fetchone() or (0,))[0])


def until(condition: Callable[[], bool]) -> None:
    latest = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < latest
        time.sleep(0.005)
