"""Errors of the moment and not of the studio: PostgreSQL or Redis is away, a statement too slow, a disk full.

Or two requests make the same row at once: both found its name free, and the database takes one. Or one deletes what
the other is about to refer to.
"""

import errno
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from psycopg2.errors import DiskFull, ForeignKeyViolation, QueryCanceled, UniqueViolation
from redis import RedisError


@dataclass(frozen=True)
class Outage:
    """What a request is answered with: an HTTP status, and what happened and what to do, in words."""

    status: int
    title: str
    says: str


AWAY = Outage(
    503,
    "PostgreSQL does not answer",
    "The request was not carried out; what was saved before it is whole. Try again in a moment: /health/ready"
    " says when PostgreSQL is back. The studio starts its own again by itself; another one is started where it runs.",
)
REDIS = Outage(
    503,
    "Redis does not answer",
    "What was saved is whole, and a run that was started reaches its worker when Redis is back. Try again in a moment:"
    " /health/ready says when. The studio starts its own again by itself; another one is started where it runs.",
)
SLOW = Outage(
    503,
    "This takes PostgreSQL too long",
    "The request was not carried out; what was saved before it is whole. Ask for less at once, with a filter or a"
    " shorter search, or try again when the machine has less to do.",
)
FULL = Outage(
    507,
    "The disk is full",
    "The request was not carried out; what was saved before it is whole. Free some space and try again. Settings →"
    " Health says which disk is full.",
)
TAKEN = Outage(
    409,
    "It is there already",
    "Another request made the same a moment ago, and this one was not carried out. Load the list to see what is there,"
    " and choose another name if you want a second one.",
)
DELETED = Outage(
    409,
    "It was deleted",
    "Somebody deleted what this is about a moment ago, and the request was not carried out. Load the list to see what"
    " is there.",
)


def outage(error: BaseException | None) -> Outage | None:
    """What an exception that nobody caught says of the moment; None where it is an error of the studio itself."""
    for one in causes(error):
        if isinstance(one, DiskFull) or (isinstance(one, OSError) and one.errno == errno.ENOSPC):
            return FULL
        if isinstance(one, QueryCanceled):
            return SLOW
        if isinstance(one, RedisError | BrokerError):
            return REDIS
        if isinstance(one, UniqueViolation):
            return TAKEN
        if isinstance(one, ForeignKeyViolation):
            return DELETED
    return AWAY if isinstance(error, OperationalError | InterfaceError) else None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what it was raised from, down to the first."""
    while error is not None:
        yield error
        error = error.__cause__
