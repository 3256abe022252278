"""Keeping a claim while its work is done: a thread renews the lease and hears what is asked meanwhile.

Its connection holds the run's lock, by which others know that we live.
"""

import multiprocessing
import threading
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections

from studio.projects.scope import everywhere
from training.worker import leases, transitions
from training.worker.transitions import Claim, ClaimStatus

# A person who cancels should see it obeyed at once, so we look more often than the lease alone would want.
EVERY_SECONDS = 1.0

# What PostgreSQL has worked at for longer, for a run that must stop, is broken off. What says how a run ended is not.
LONG_SECONDS = 2
BREAK_OFF = """
SELECT pg_cancel_backend(pid) FROM pg_stat_activity
WHERE pid = %s AND state = 'active' AND clock_timestamp() - xact_start > %s * interval '1 second'
"""

# Set in the worker's main process when it is told to shut down, and seen by the processes forked from it.
shutting_down = multiprocessing.Event()


class Renewal:
    """Use as a context manager. `standing` is what the last renewal found, or that this worker shuts down.

    An error that leaves the block fails the run, and goes on to whoever logs it.
    """

    def __init__(self, held: Claim) -> None:
        self.held = held
        self._found = ClaimStatus.HELD
        self._over = threading.Event()
        self._locked_by: object = None
        self._thread = threading.Thread(target=self._renew, name=f"lease of run {held.run_id}", daemon=True)

    def __enter__(self) -> Self:
        self._working = connections[DEFAULT_DB_ALIAS]
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()
        if error is not None:
            transitions.fail(self.held, f"An error of the studio itself: {type(error).__name__}: {error}")

    @property
    def standing(self) -> ClaimStatus:
        if self._found is ClaimStatus.HELD and shutting_down.is_set():
            return ClaimStatus.RELEASE
        return self._found

    @property
    def must_stop(self) -> bool:
        return self.standing is not ClaimStatus.HELD

    @everywhere()
    def _renew(self) -> None:
        every = min(EVERY_SECONDS, settings.LEASE_SECONDS / 4)
        self._found = self._look()
        while self._found is not ClaimStatus.GONE and not self._over.wait(every):
            self._found = self._look()
            if self.must_stop:
                self._break_off()
        self._let_go()

    def _look(self) -> ClaimStatus:
        try:
            self._lock()
            return transitions.renew(self.held)
        except (OperationalError, InterfaceError):
            # PostgreSQL is away. The program goes on; once it is back, a lease that nobody took is still ours.
            connection.close()
            return self._found

    def _break_off(self) -> None:
        """The statement at which PostgreSQL has worked long for the thread that does the run's work."""
        working = self._working.connection
        if working is None or working.closed:
            return
        try:
            with connection.cursor() as cursor:
                cursor.execute(BREAK_OFF, [working.info.backend_pid, LONG_SECONDS])
        except (OperationalError, InterfaceError):
            # PostgreSQL went away, and its statements with it.
            connection.close()

    def _lock(self) -> None:
        """Once for each connection: with a lost one the lock was lost too."""
        connection.ensure_connection()
        if connection.connection is not self._locked_by:
            leases.lock(self.held.run_id)
            self._locked_by = connection.connection

    def _let_go(self) -> None:
        """The connection may go on to another thread, which must not hold what was ours."""
        try:
            if connection.connection is not None and connection.connection is self._locked_by:
                leases.unlock()
        except (OperationalError, InterfaceError):
            pass
        finally:
            connection.close()
