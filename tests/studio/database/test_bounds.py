"""No statement is worked at for ever: it is planned afresh and tried once more, and then it is said."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction

from studio.database.base import DatabaseWrapper
from studio.database.bounds import Overdue, afresh
from tests.costing import forget, looked_at

pytestmark = pytest.mark.django_db(transaction=True)

# The first time that it is asked it would take a minute, and no time from then on.
SLOW_AT_FIRST = "SELECT pg_sleep(CASE WHEN nextval('asked') = 1 THEN 60 ELSE 0 END)"
SET = "statement_timeout", "cursor_tuple_fraction", "client_connection_check_interval"
ALWAYS_SLOW = "SELECT pg_sleep(60)"


@pytest.fixture(autouse=True)
def _asked() -> Iterator[None]:
    """Counts how often it was asked, whatever is rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE asked")
        yield
        cursor.execute("DROP SEQUENCE asked")
        cursor.execute("RESET statement_timeout")


def execute(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0])


def test_work_that_ran_out_of_its_time_is_done_once_more_and_well_informed() -> None:
    forget()
    afresh(lambda: execute(SLOW_AT_FIRST), 1)
    assert execute("SELECT last_value FROM asked") == "2"
    assert looked_at("annotation_pair") >= 0


def test_what_is_too_slow_twice_says_so() -> None:
    with pytest.raises(Overdue, match="did not finish a step within 1 second, twice. Nothing of it was kept."):
        afresh(lambda: execute(ALWAYS_SLOW), 1)


def test_inside_of_a_transaction_the_earlier_bound_and_the_earlier_work_stay() -> None:
    with transaction.atomic():
        execute("SELECT set_config('statement_timeout', '77s', true)")
        execute("CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT 1 AS one; SELECT 1")
        afresh(lambda: execute(SLOW_AT_FIRST), 1)
        assert (execute("SHOW statement_timeout"), execute("SELECT one FROM kept")) == ("77s", "1")


def test_a_read_outside_of_a_transaction_is_tried_again_by_itself() -> None:
    execute("SELECT set_config('statement_timeout', '1s', false)")
    execute(SLOW_AT_FIRST)
    assert execute("SELECT last_value FROM asked") == "2"


def test_a_read_that_begins_with_its_parts_is_tried_again_too() -> None:
    execute("SELECT set_config('statement_timeout', '1s', false)")
    execute(f"WITH slow AS MATERIALIZED ({SLOW_AT_FIRST}) SELECT * FROM slow")
    assert execute("SELECT last_value FROM asked") == "2"


def test_a_cursor_on_the_server_that_ran_out_of_its_time_says_so() -> None:
    execute("SELECT set_config('statement_timeout', '1s', false)")
    with closing(psycopg2.connect(connection.connection.dsn)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE accounts_user")
        with pytest.raises(OperationalError, match="statement timeout"):
            connection.chunked_cursor().execute("SELECT * FROM accounts_user")


def test_several_statements_at_once_are_not_tried_again() -> None:
    execute("SELECT set_config('statement_timeout', '1s', false)")
    with pytest.raises(OperationalError, match="timeout"), connection.cursor() as cursor:
        cursor.executemany("SELECT nextval('asked'), pg_sleep(%s)", [[0], [60]])
    assert execute("SELECT last_value FROM asked") == "2"


def test_a_look_that_runs_out_of_its_time_too_is_not_looked_at_again() -> None:
    execute("SELECT set_config('statement_timeout', '1s', false)")
    with connection.execute_wrapper(looking_is_slow):
        execute(SLOW_AT_FIRST)
    assert execute("SELECT last_value FROM asked") == "2"


def looking_is_slow(run: Any, sql: str, *rest: Any) -> Any:
    return run("SELECT pg_sleep(60)" if sql.startswith("ANALYZE") else sql, *rest)


def test_another_error_is_not_tried_again() -> None:
    with pytest.raises(OperationalError):
        execute("SELECT nextval('asked'), pg_cancel_backend(pg_backend_pid()), pg_sleep(5)")
    assert execute("SELECT last_value FROM asked") == "1"


def test_the_bound_of_a_process_is_that_of_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DatabaseWrapper, "seconds", 30)
    connection.close()
    assert [execute(f"SHOW {name}") for name in SET] == ["30s", "1", "1s"]
    connection.close()
