"""Many at once, each with a connection of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection


@pytest.fixture
def at_once() -> Callable[[int, Callable[[int], object]], None]:
    """`at_once(16, act)` calls act(0) … act(15) at the same moment in threads; whatever one raises is raised here."""

    def run(count: int, act: Callable[[int], object]) -> None:
        together = Barrier(count)

        def one(number: int) -> None:
            try:
                connection.ensure_connection()
                together.wait(timeout=30)
                act(number)
            finally:
                connection.close()

        with ThreadPoolExecutor(count) as pool:
            list(pool.map(one, range(count)))

    return run
