"""Waiting for PostgreSQL to come back, where work that is done must not be lost to a server that restarts."""

import time
from collections.abc import Callable
from typing import TypeVar

import psycopg2
from django.db import InterfaceError, OperationalError, connection
from psycopg2.errors import AdminShutdown, CannotConnectNow, CrashShutdown

from studio.database.bounds import was_cancelled

PATIENCE_SECONDS = 600.0
# Longer than a server that is away takes to say so.
WORKED_SECONDS = 60.0

T = TypeVar("T")


# What PostgreSQL says as it goes away and as it comes back; a connection that only broke has no code.
GOING = AdminShutdown, CrashShutdown, CannotConnectNow


def patiently(act: Callable[[], T]) -> T:
    """Do it once PostgreSQL is there; ten minutes after the first error, raise what it raised.

    An error that is no absence, such as a full disk, is waited for so long too: somebody may mend it. What it broke
    off is done anew, so `act` must take up what it did before. PostgreSQL that was there meanwhile, for longer than
    one that is away takes to say so, has ten minutes again. A statement that was cancelled is raised at once.
    """
    deadline = None
    while True:
        began = time.monotonic()
        try:
            return act()
        except (OperationalError, InterfaceError) as error:
            if was_cancelled(error):
                raise
            connection.close()
            now = time.monotonic()
            was_there = is_absence(error) and now - began > WORKED_SECONDS
            if deadline is None or was_there:
                deadline = now + PATIENCE_SECONDS
            if now > deadline:
                raise
            time.sleep(0.5)


def is_absence(error: OperationalError | InterfaceError) -> bool:
    cause = error.__cause__
    return isinstance(cause, GOING) or not isinstance(cause, psycopg2.Error) or cause.pgcode is None
