"""Waiting for PostgreSQL to come back, where work that is done must not be lost to a server that restarts."""

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection

from studio.database.bounds import was_cancelled

PATIENCE_SECONDS = 600.0
# Longer than a server that is away takes to say so.
WORKED_SECONDS = 60.0

T = TypeVar("T")


def patiently(act: Callable[[], T]) -> T:
    """Do it once PostgreSQL is there; after ten minutes without it, raise what it raised.

    What it broke off is done anew, so `act` must take up what it did before.
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
            if time.monotonic() - began > WORKED_SECONDS:
                # It was there meanwhile.
                deadline = time.monotonic() + PATIENCE_SECONDS
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)
