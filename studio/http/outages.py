"""Errors of the moment and not of the studio: PostgreSQL or Redis is away, a statement too slow, a disk full."""

import errno
from collections.abc import Iterator

from django.db import InterfaceError, OperationalError
from kombu.exceptions import OperationalError as BrokerError
from psycopg2.errors import DiskFull, QueryCanceled
from redis import RedisError

from studio.http.unrouted_problems import Explanation

AWAY = Explanation(
    503,
    "PostgreSQL does not answer",
    "The request was not carried out; what was saved before it is whole. Try again in a moment: /health/ready says"
    " when PostgreSQL is back. The studio restarts its own PostgreSQL. If you use another server, restart it there.",
)
REDIS = Explanation(
    503,
    "Redis does not answer",
    "What was saved is whole, and a run that was started reaches its worker when Redis is back. Try again in a moment:"
    " /health/ready says when. The studio restarts its own. If you use another server, restart it there.",
)
SLOW = Explanation(
    503,
    "This takes PostgreSQL too long",
    "The request was not carried out; what was saved before it is whole. Ask for less at once, with a filter or a"
    " shorter search, or try again when the machine has less to do.",
)
FULL = Explanation(
    507,
    "The disk is full",
    "The request was not carried out; what was saved before it is whole. Free some space and try again. Settings →"
    " Health says which disk is full.",
)


def outage(error: BaseException | None) -> Explanation | None:
    """What an exception that nobody caught says of the moment; None where it is an error of the studio itself."""
    for one in causes(error):
        if isinstance(one, DiskFull) or (isinstance(one, OSError) and one.errno == errno.ENOSPC):
            return FULL
        if isinstance(one, QueryCanceled):
            return SLOW
        if isinstance(one, RedisError | BrokerError):
            return REDIS
    return AWAY if isinstance(error, OperationalError | InterfaceError) else None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """The exception and what it was raised from, down to the first."""
    while error is not None:
        yield error
        error = error.__cause__
