"""COPY takes Python values as they are, and all rows or none."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import DataError, connection, transaction

from studio.database.copy import copy, written

pytestmark = pytest.mark.django_db

TABLE = "CREATE TEMPORARY TABLE rows (n int, text text, told jsonb, at timestamptz) ON COMMIT DROP"
AT = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def kept(*rows: tuple[Any, ...], columns: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        copy(cursor, "rows", rows, columns)
        cursor.execute("SELECT n, text, told::text, at FROM rows")
        return [tuple(row) for row in cursor.fetchall()]


@pytest.mark.parametrize("text", ["tab\there", "line\nline\r\n", r"\N", "\\", r"\.", "漢字 🙂", "", 'it\'s "so"'])
def test_a_text_comes_out_as_it_went_in(text: str) -> None:
    assert kept((1, text, {"said": text}, None))[0][1] == text


def test_none_is_null_and_lists_are_json() -> None:
    assert kept((1, None, [1, "a\tb"], AT)) == [(1, None, '[1, "a\\tb"]', AT)]


def test_columns_can_be_named_and_the_others_stay_empty() -> None:
    assert kept(("only",), columns=("text",)) == [(None, "only", None, None)]


def test_no_row_is_taken_if_one_does_not_fit() -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        with pytest.raises(DataError, match="no number"), transaction.atomic():
            copy(cursor, "rows", [(1, "a", {}, None), ("no number", "b", {}, None)])
        cursor.execute("SELECT count(*) FROM rows")
        assert cursor.fetchone() == (0,)


def test_numbers_and_times_are_written_as_postgresql_reads_them() -> None:
    assert (written(1.5), written(True), written(AT)) == ("1.5", "True", "2026-11-29T12:00:00+00:00")
