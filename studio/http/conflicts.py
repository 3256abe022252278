"""Two requests at once about one row: both make it and the database takes one, or one deletes what the other needs.

Or one of them has the turn for longer than the other may wait.
"""

from psycopg2.errors import ForeignKeyViolation, UniqueViolation

from studio.database.turns import Occupied
from studio.http.outages import causes
from studio.http.unrouted_problems import Explanation

TAKEN = Explanation(
    409,
    "This is there already",
    "Another request made the same a moment ago, and this one was not carried out. Load the list to see what is there,"
    " and choose another name if you want a second one.",
)
DELETED = Explanation(
    409,
    "It was deleted",
    "Somebody deleted what this is about a moment ago, and the request was not carried out. Load the list to see what"
    " is there.",
)


def conflict(error: BaseException | None) -> Explanation | None:
    """What an exception that nobody caught says of another request; None where it says nothing of one."""
    for one in causes(error):
        if isinstance(one, UniqueViolation):
            return TAKEN
        if isinstance(one, ForeignKeyViolation):
            return DELETED
        if isinstance(one, Occupied):
            return Explanation(409, "Somebody else is at it", f"The request was not carried out. {one}")
    return None
