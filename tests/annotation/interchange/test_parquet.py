"""Parquet, row group by row group: whole, and refused by any reader where it is cut."""

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotation.interchange.parquet import BATCH, Drain, as_parquet

COLUMNS = {"prompt": "messages", "margin": "number"}


def row(n: int) -> dict[str, Any]:
    return {"prompt": [{"role": "user", "content": f"{n}? 漢字"}], "margin": float(n)}


def test_a_file_holds_every_row_in_order() -> None:
    blocks = list(as_parquet(map(row, range(BATCH + 3)), COLUMNS))
    file = pq.ParquetFile(io.BytesIO(b"".join(blocks)))
    assert file.num_row_groups == 2 and len(blocks) == 3
    assert file.read().to_pylist() == [row(n) for n in range(BATCH + 3)]


def test_no_rows_are_a_file_with_columns() -> None:
    found = pq.read_table(io.BytesIO(b"".join(as_parquet([], COLUMNS))))
    assert (found.num_rows, found.column_names) == (0, ["prompt", "margin"])


def test_a_value_that_is_missing_is_null() -> None:
    content = b"".join(as_parquet([{"prompt": row(1)["prompt"], "margin": None}], COLUMNS))
    assert pq.read_table(io.BytesIO(content)).to_pylist()[0]["margin"] is None


def test_a_file_that_broke_off_is_refused() -> None:
    blocks = as_parquet(map(row, range(BATCH * 2)), COLUMNS)
    begun = next(blocks) + next(blocks)
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(io.BytesIO(begun))


def test_what_is_handed_on_is_held_no_more_and_places_go_on() -> None:
    drain = Drain()
    drain.write(b"abc")
    assert (drain.drain(), drain.drain(), drain.tell()) == (b"abc", b"", 3)
    drain.write(b"d")
    assert (drain.tell(), drain.writable()) == (4, True)
