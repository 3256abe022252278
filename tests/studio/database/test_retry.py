"""Work waits for PostgreSQL for as long as it is away, and for no other error without end."""

from collections.abc import Callable

import psycopg2
import pytest
from django.db import OperationalError
from psycopg2.errors import DiskFull

from studio.database import retry
from studio.database.retry import PATIENCE_SECONDS, patiently

LONG_SECONDS = 90.0


class Clock:
    """Stands in for `time`: a try takes some seconds of it."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def failing(self, cause: Exception, times: int, seconds: float = LONG_SECONDS) -> Callable[[], str]:
        left = [times]

        def act() -> str:
            self.now += seconds
            left[0] -= 1
            if left[0] < 0:
                return "done"
            raise OperationalError(str(cause)) from cause

        return act


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(retry, "time", clock)
    monkeypatch.setattr("studio.database.retry.connection.close", lambda: None)
    return clock


def test_postgresql_that_goes_away_now_and_then_is_waited_for_each_time(clock: Clock) -> None:
    assert patiently(clock.failing(psycopg2.OperationalError("server closed the connection"), times=20)) == "done"
    assert clock.now > 2 * PATIENCE_SECONDS


def test_a_disk_that_stays_full_is_said_after_ten_minutes(clock: Clock) -> None:
    with pytest.raises(OperationalError, match="no space left"):
        patiently(clock.failing(full("no space left"), times=20))
    assert clock.now < PATIENCE_SECONDS + 2 * LONG_SECONDS


def test_a_disk_that_was_full_for_a_moment_costs_nothing(clock: Clock) -> None:
    assert patiently(clock.failing(full("no space left"), times=1)) == "done"


def test_the_ten_minutes_begin_with_the_first_error_however_long_the_work_took(clock: Clock) -> None:
    hour = 6 * PATIENCE_SECONDS
    assert patiently(clock.failing(full("no space left"), times=1, seconds=hour)) == "done"
    with pytest.raises(OperationalError, match="no space left"):
        patiently(clock.failing(full("no space left"), times=2, seconds=hour))


def full(words: str) -> DiskFull:
    """PostgreSQL's own error has its code, which nobody but libpq can set."""

    class Full(DiskFull):
        pgcode = "53100"

    return Full(words)
