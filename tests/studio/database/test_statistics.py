"""The planner's look at the tables never fails whoever asks for it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection, transaction

from annotation.models import Collection, Pair
from studio.database.statistics import analyse, analyse_now
from tests.costing import forget, looked_at

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def out_of_time() -> Iterator[None]:
    """PostgreSQL breaks each look off."""

    def run_out(run: Any, sql: str, params: Any, *rest: Any) -> Any:
        if not sql.startswith("ANALYZE"):
            return run(sql, params, *rest)
        return run("SET LOCAL statement_timeout = 1; SELECT pg_sleep(9)", None, *rest)

    with connection.execute_wrapper(run_out):
        yield


@pytest.mark.usefixtures("out_of_time")
def test_a_look_that_fails_leaves_what_was_written(caplog: pytest.LogCaptureFixture) -> None:
    with transaction.atomic():
        Collection.objects.create(name="Set", slug="set")
        analyse(Pair)
        analyse_now(Collection)
        Collection.objects.create(name="Other", slug="other")
    assert Collection.objects.count() == 2
    assert caplog.text.count("PostgreSQL did not look at its tables") == 2


def test_a_table_that_somebody_else_looks_at_is_passed_over() -> None:
    forget()
    connection.ensure_connection()
    with closing(psycopg2.connect(connection.connection.dsn)) as other, other.cursor() as cursor:
        cursor.execute("LOCK TABLE annotation_pair IN SHARE UPDATE EXCLUSIVE MODE")
        analyse(Pair, Collection)
        assert (looked_at("annotation_pair"), looked_at("annotation_collection")) == (-1, 0)


def test_a_look_outside_of_a_transaction_raises_nothing_where_postgresql_went_away() -> None:
    def gone(*args: Any) -> Any:
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(gone):
        analyse(Pair)
