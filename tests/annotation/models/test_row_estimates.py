"""How many rows a query would give, without reading any."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import Response
from annotation.models.row_estimates import estimate, unindexed
from tests.annotation.making import author, prompt, response

pytestmark = pytest.mark.django_db


def test_nothing_can_match_nothing_and_is_not_asked_about() -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert estimate(Response.objects.none()) == 0
    assert len(asked) == 0


def test_the_planner_is_asked_and_no_row_is_read() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert estimate(Response.objects.order_by("length")) >= 0
    (statement,) = asked
    assert statement["sql"].startswith("EXPLAIN") and "ANALYZE" not in statement["sql"]


def test_a_column_that_no_index_knows_has_the_same_values() -> None:
    made = response(prompt(), by="m")
    found = Response.objects.alias(by=unindexed("author")).filter(by=author("m").pk)
    assert list(found) == [made]
