"""How long PostgreSQL may work on one statement, by the role of the work.

A statement that takes longer was most likely planned by what the planner knew before much came in. It has the planner
look, and is tried once more; what is too slow then is too slow, and says so. A long result that is read in parts by a
cursor on the server has no bound outside of a transaction: PostgreSQL works it out as it commits the cursor, and then
keeps to none.
"""

import logging
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from psycopg2.errors import QueryCanceled

from studio.database.statistics import analyse_now

# Seconds. A page that takes longer is left by whoever asked for it; the others do in a statement what thousands want.
PAGES, WORKERS = 30, 300
IMPORTS, FREEZING = 120, 120

# The earlier bound, and the new one in its place: a materialized part is worked out before what reads it.
BOUND = """
WITH earlier AS MATERIALIZED (SELECT current_setting('statement_timeout') AS bound)
SELECT bound, set_config('statement_timeout', %s, true) FROM earlier
"""
READS = "SELECT", "WITH"

T = TypeVar("T")
log = logging.getLogger(__name__)


class Overdue(Exception):
    """A statement ran out of its time twice, the second time with the planner well informed.

    `what` is for whoever kept earlier steps, and says what became of them.
    """

    def __init__(self, seconds: int) -> None:
        within = "1 second" if seconds == 1 else f"{seconds} seconds"
        self.what = f"PostgreSQL did not finish a step within {within}, twice."
        super().__init__(
            f"{self.what} Nothing of it was kept. Ask for less at once, or try again when the machine has less to do."
        )


def was_cancelled(error: BaseException) -> bool:
    """Whether PostgreSQL broke a statement off: somebody told it to, or its time was over."""
    return isinstance(error.__cause__, QueryCanceled)


def ran_out(error: BaseException) -> bool:
    return was_cancelled(error) and "timeout" in str(error)


def afresh(act: Callable[[], T], seconds: int) -> T:
    """Do it in a transaction, each statement in so many seconds; once more, well informed, where one ran out of them.

    `act` must not mind to be done again from its beginning. Raises Overdue.
    """
    try:
        return bounded(act, seconds)
    except OperationalError as error:
        if not ran_out(error):
            raise
    log.warning("A statement ran out of its %s s. PostgreSQL looks at its tables, and it is tried once more.", seconds)
    analyse_now()
    try:
        return bounded(act, seconds)
    except OperationalError as error:
        if ran_out(error):
            raise Overdue(seconds) from error
        raise


@transaction.atomic
def bounded(act: Callable[[], T], seconds: int) -> T:
    """Where the caller has a transaction open, its earlier bound holds again afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(BOUND, [f"{seconds}s"])
        before, _ = cursor.fetchone() or ("0", "")
        result = act()
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])
    return result


def read_again(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Django's wrapper of a statement: a read outside of any transaction is tried once more by itself.

    Several at once are not, since the first may have been carried out, and neither is a cursor on the server, which
    takes one statement only.
    """
    try:
        return execute(sql, params, many, context)
    except OperationalError as error:
        is_read = str(sql).lstrip().upper().startswith(READS) and not many and not context["cursor"].cursor.name
        if not ran_out(error) or context["connection"].in_atomic_block or not is_read:
            raise
    log.warning("A read ran out of its time. PostgreSQL looks at its tables, and it is tried once more.")
    analyse_now()
    return execute(sql, params, many, context)
