"""A connection that is closed is kept for the next thread that wants one.

Django itself keeps a connection for the thread that opened it, and another thread may do the next request or task.
A new connection costs PostgreSQL a process, and its first queries read the whole catalogue anew.
"""

import select
import time
from collections import deque
from typing import Any

from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg2.extensions import TRANSACTION_STATUS_IDLE

from studio.database.bounds import read_again

# As many as work at once on a busy page; the process behind each holds some 10 MB.
KEPT = 8
# What a session has once seen it remembers: it is let go before that is much.
KEPT_SECONDS = 600.0

Key = tuple[tuple[str, str], ...]


class Idle:
    """Open connections that nobody uses, by their parameters; the last one used is the first to be used again."""

    def __init__(self) -> None:
        self.opened: dict[Key, deque[tuple[Any, float]]] = {}

    def take(self, key: Key) -> tuple[Any, float] | None:
        """A connection that lives, and when it was opened."""
        kept = self.opened.get(key)
        while kept:
            try:
                connection, opened_at = kept.pop()
            except IndexError:
                return None
            if lives(connection) and time.monotonic() - opened_at < KEPT_SECONDS:
                return connection, opened_at
            connection.close()
        return None

    def put(self, key: Key, connection: Any, opened_at: float) -> bool:
        """Whether it was kept; else the caller closes it."""
        kept = self.opened.setdefault(key, deque())
        if len(kept) >= KEPT:
            return False
        kept.append((connection, opened_at))
        return True

    def close(self) -> None:
        for kept in self.opened.values():
            while kept:
                kept.pop()[0].close()


idle = Idle()


def lives(connection: Any) -> bool:
    """A server that went away said so on the socket; one that waits for us says nothing."""
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return not waiting.poll(0)


class DatabaseWrapper(base.DatabaseWrapper):
    opened_at = 0.0
    key: Key = ()
    # Set once by a process: how many seconds PostgreSQL may work on one of its statements. 0: as long as it takes.
    seconds = 0

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.execute_wrappers.append(read_again)

    def get_connection_params(self) -> dict[str, Any]:
        params: dict[str, Any] = super().get_connection_params()
        # A cursor is read to its end here, never left after the first tenth, which PostgreSQL plans for.
        # A statement whose asker was killed ends with it, and with it the locks that the next one waits for.
        # To start a parallel worker takes some 30 ms, as long as thousands of rows. PostgreSQL believes in a tenth of
        # it, and would sort all rows of a list by two workers in place of walking to the fiftieth.
        known = "-c cursor_tuple_fraction=1 -c client_connection_check_interval=1s -c parallel_setup_cost=10000"
        options = [params.get("options", ""), known]
        options += [f"-c statement_timeout={self.seconds}s"] if self.seconds else []
        return params | {"options": " ".join(options).strip()}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self.key = tuple(sorted((name, str(value)) for name, value in conn_params.items()))
        if self.alias != NO_DB_ALIAS and (known := idle.take(self.key)):
            connection, self.opened_at = known
            self.isolation_level = IsolationLevel.READ_COMMITTED
            return connection
        self.opened_at = time.monotonic()
        return super().get_new_connection(conn_params)

    def _close(self) -> None:
        if not (self.is_clean() and idle.put(self.key, self.connection, self.opened_at)):
            super()._close()  # type: ignore[misc]  # The stubs leave it out.

    def is_clean(self) -> bool:
        """Whether the next one would find it as if it were new."""
        if self.connection is None or self.alias == NO_DB_ALIAS or self.in_atomic_block or self.errors_occurred:
            return False
        return not self.connection.closed and self.connection.info.transaction_status == TRANSACTION_STATUS_IDLE

    def close_pool(self) -> None:
        """Django asks for this before a test database is dropped."""
        idle.close()
