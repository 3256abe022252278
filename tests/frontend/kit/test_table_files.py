"""A table of figures as a file: nothing in a cell becomes a formula of a spreadsheet."""

import csv
import io
import json
from typing import Any

import pytest

from frontend.kit.table_files import csv_of, written

ROWS: list[dict[str, Any]] = [{"name": "one", "win_rate": 61.5}, {"name": "two, three", "win_rate": None, "more": 1}]


def test_a_csv_has_the_columns_of_the_first_row() -> None:
    assert list(csv.reader(io.StringIO(csv_of(ROWS)))) == [["name", "win_rate"], ["one", "61.5"], ["two, three", ""]]
    assert csv_of([]) == "\r\n"


@pytest.mark.parametrize("name", ["=1+1", "+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1"])
def test_a_name_that_a_spreadsheet_would_compute_is_text(name: str) -> None:
    (_, (cell,)) = csv.reader(io.StringIO(csv_of([{"name": name}]), newline=""))
    assert cell[0] not in "=+-@\t\r"


def test_a_negative_number_stays_a_number() -> None:
    assert "-0.5" in csv_of([{"difference": -0.5}])


def test_a_file_has_a_name_and_a_kind() -> None:
    table = written("csv", "board", ROWS)
    assert table.headers["Content-Disposition"] == 'attachment; filename="board.csv"'
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    whole = written("json", "board", ROWS)
    assert whole.headers["Content-Type"] == "application/json" and json.loads(whole.content) == ROWS
