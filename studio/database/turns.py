"""Acts that must not happen at once take turns: by a name each, held by PostgreSQL to the end of a transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from django.db import OperationalError, connection, transaction

from studio.database.bounds import bounded, ran_out

TAKE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


class Occupied(OperationalError):
    """Somebody else has the turn for as long as we may wait. It says what they do, and what to do."""


def take(*names: str) -> None:
    """Wait for the turns of these names, in an order that is everybody's: nobody waits in a circle."""
    with connection.cursor() as cursor:
        for name in sorted(names):
            cursor.execute(TAKE, [name])


@contextmanager
def in_turn(*names: str, says: str, seconds: int | None = None) -> Iterator[None]:
    """A transaction in which nobody else has the turn of one of these names.

    Raises Occupied, which `says` why, after so many seconds; by default after those of any statement of this process.
    """
    waiting = partial(take, *names)
    with transaction.atomic():
        try:
            bounded(waiting, seconds) if seconds else waiting()
        except OperationalError as error:
            if not ran_out(error):
                raise
            raise Occupied(says) from error
        yield
