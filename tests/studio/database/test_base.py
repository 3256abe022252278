"""Connections that are kept for the next thread."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from threading import Thread

import pytest
from django.db import OperationalError, connection, connections, transaction

from studio.database import base

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_kept() -> Iterator[None]:
    connection.close()
    base.idle.close()
    yield
    connection.close()
    base.idle.close()


def session() -> int:
    """The process at the server's end of this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def in_a_thread() -> list[int]:
    """What `session` says in a thread of its own, which gives its connection back."""
    found: list[int] = []

    def work() -> None:
        found.append(session())
        connections.close_all()

    thread = Thread(target=work)
    thread.start()
    thread.join()
    return found


def test_the_next_thread_gets_the_connection_that_the_last_one_gave_back() -> None:
    assert in_a_thread() == in_a_thread()


def test_two_threads_at_work_have_two() -> None:
    mine = session()
    assert in_a_thread() != [mine]


def test_one_whose_process_at_the_server_died_is_not_handed_out() -> None:
    mine = session()
    [other] = in_a_thread()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [other])
    assert in_a_thread() not in ([mine], [other])


def test_one_in_an_open_transaction_is_closed_and_not_kept() -> None:
    with transaction.atomic():
        mine = session()
        connection.close()
    assert in_a_thread() != [mine]


def test_one_that_failed_is_not_kept() -> None:
    mine = session()
    with pytest.raises(OperationalError), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    connection.close()
    assert in_a_thread() != [mine]


def test_no_more_are_kept_than_work_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "KEPT", 0)
    assert in_a_thread() != in_a_thread()


def test_an_old_one_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "KEPT_SECONDS", 0.0)
    assert in_a_thread() != in_a_thread()


ASKER = """
import psycopg2, sys
psycopg2.connect(sys.argv[1]).cursor().execute("SELECT count(*) AS asked FROM generate_series(1, 100000000000)")
"""
AT_WORK = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT count(*) AS asked%'"


def test_a_statement_ends_with_the_process_that_asked_for_it() -> None:
    connection.ensure_connection()
    with subprocess.Popen([sys.executable, "-c", ASKER, connection.connection.dsn]) as asking:
        wait_until(lambda: at_work() == 1)
        asking.kill()
    wait_until(lambda: at_work() == 0)


def at_work() -> int:
    with connection.cursor() as cursor:
        cursor.execute(AT_WORK)
        return int(cursor.fetchone()[0])


def wait_until(holds: Callable[[], bool]) -> None:
    latest = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < latest
        time.sleep(0.05)


def test_a_worker_that_postgresql_would_start_is_known_for_dear() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW parallel_setup_cost")
        assert cursor.fetchone() == ("10000",)
