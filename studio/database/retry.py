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
    """Do it once PostgreSQL is there; after ten minutes without it, raise what it raised.

    So long an error that is no absence is met, too, such as a full disk: somebody may mend it. What it broke off is
    done anew, so `act` must take up what it did before.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        began = time.monotonic()
        try:
            return act()
        except (OperationalError, InterfaceError) as error:
            if was_cancelled(error):
                raise
            connection.close()
            if is_absence(error) and time.monotonic() - began > WORKED_SECONDS:
                # It was there meanwhile.
                deadline = time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def is_absence(error: OperationalError | InterfaceError) -> bool:
    cause = error.__cause__
    return isinstance(cause, GOING) or not isinstance(cause, psycopg2.Error) or cause.pgcode is None
