import io

import orjson
import pyarrow.parquet as pq

from annotation.interchange.formats import trl_preference, trl_sft
from annotation.interchange.json_output import BLOCK, as_jsonl, line
from annotation.interchange.parquet import BATCH, as_parquet

PROMPT = [{"role": "user", "content": "Name a prime."}]
PREFERENCE = {"pair_id": 1, "prompt_id": 2, "prompt": PROMPT, "chosen": "Seven.", "rejected": "Four.", "margin": 1.5}


def test_a_line_is_canonical() -> None:
    assert line({"b": "é", "a": 1}) == '{"a":1,"b":"é"}\n'.encode()


def test_lines_come_in_blocks_and_lose_nothing() -> None:
    blocks = list(as_jsonl({"text": "x" * 1000} for _ in range(1000)))
    assert len(blocks) > 2
    assert max(map(len, blocks)) < BLOCK + 2000
    assert len(b"".join(blocks).splitlines()) == 1000


def test_no_rows_are_an_empty_file_of_lines_and_a_readable_parquet() -> None:
    assert list(as_jsonl([])) == []
    table = pq.read_table(io.BytesIO(b"".join(as_parquet([], trl_preference.COLUMNS))))
    assert table.column_names == ["prompt", "chosen", "rejected", "margin"]


def test_parquet_is_written_in_groups_and_read_back_whole() -> None:
    rows = list(trl_preference.rows(iter([PREFERENCE] * (BATCH + 1))))
    blocks = list(as_parquet(rows, trl_preference.COLUMNS))
    file = pq.ParquetFile(io.BytesIO(b"".join(blocks)))
    assert file.num_row_groups == 2
    assert file.read().to_pylist() == rows


def test_a_preference_is_three_conversations_and_a_margin() -> None:
    (row,) = trl_preference.rows(iter([PREFERENCE]))
    assert row == {
        "prompt": PROMPT,
        "chosen": [{"role": "assistant", "content": "Seven."}],
        "rejected": [{"role": "assistant", "content": "Four."}],
        "margin": 1.5,
    }


def test_a_preference_teaches_its_chosen_response_and_a_demonstration_its_only_one() -> None:
    taught = list(trl_sft.rows(iter([PREFERENCE, {"prompt": PROMPT, "response": "Two."}])))
    assert [row["completion"][0]["content"] for row in taught] == ["Seven.", "Two."]
    assert orjson.dumps(taught[0]["prompt"]) == orjson.dumps(PROMPT)
