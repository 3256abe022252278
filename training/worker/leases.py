"""Whether the holder of a run lives: a lock of its connection, which PostgreSQL frees the moment the process dies.

A lease alone says so only when it has run out, a minute later.
"""

import time

from django.db import connection

from training.worker import transitions
from training.worker.transitions import Lease

# The first of a lock's two numbers; the second is the run's id.
LOCKS_OF_RUNS = 0x52554E53
LARGEST = 2**31 - 1
# PostgreSQL that starts again frees all locks at once. Who lives has taken its own again within this time.
SURE_AFTER_SECONDS = 2.5
HELD = """
SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND classid = %s AND objsubid = 2 AND granted
AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def lock(run_id: int) -> None:
    """For as long as this connection lasts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCKS_OF_RUNS, run_id & LARGEST])


def unlock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock_all()")


def orphaned() -> list[Lease]:
    """The leases whose holder has no lock: it died, or its connection broke a moment ago."""
    found = transitions.leases()
    if not found:
        return []
    with connection.cursor() as cursor:
        cursor.execute(HELD, [LOCKS_OF_RUNS])
        held = {run_id for (run_id,) in cursor.fetchall()}
    return [lease for lease in found if lease.run_id & LARGEST not in held]


class LeaseWatch:
    """Tells of a lease without a holder when it was one for SURE_AFTER_SECONDS and was not renewed meanwhile."""

    def __init__(self) -> None:
        self.since: dict[Lease, float] = {}

    def look(self) -> list[Lease]:
        now = time.monotonic()
        self.since = {lease: self.since.get(lease, now) for lease in orphaned()}
        return [lease for lease, since in self.since.items() if now - since >= SURE_AFTER_SECONDS]
