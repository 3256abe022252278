"""What a rehearsal reads, and how small it makes settings."""

from pathlib import Path
from typing import Any

import pytest

from annotation.datasets import versions
from annotation.models import Prompt, Version
from training.recipes.rehearsals import rows
from training.recipes.rehearsals.smaller import rows_wanted, smaller
from training.rundir import read_records
from training.runs import forms


@pytest.fixture
def long(prompts: list[Prompt]) -> Version:
    """Forty rows, the longer the later, every tenth of them held out."""
    made = [
        {"prompt_id": prompts[0].pk, "prompt": prompts[0].messages, "response": "word " * place}
        | {"split": "test" if place % 10 == 9 else "train"}
        for place in range(40)
    ]
    return versions.freeze_rows("long", "demonstrations", made, {})


def words(records: list[dict[str, Any]]) -> list[int]:
    return [record["response"].count("word") for record in records]


def test_half_of_eight_rows_are_the_longest_and_some_are_held_out(long: Version) -> None:
    found = words(rows.of_version(long))
    assert found == sorted(found) and len(found) == rows.ROWS + rows.HELD_OUT
    assert {38, 37, 36, 35} <= set(found) and {39, 29} <= set(found) and min(found) < 30


def test_the_first_steps_read_the_longest_rows_only(long: Version) -> None:
    assert words(rows.of_version(long, 6, longest_only=True)) == [29, 33, 34, 35, 36, 37, 38, 39]


def test_a_file_repeats_what_is_learnt_until_batches_are_full(tmp_path: Path, long: Version) -> None:
    rows.write(tmp_path / "train.jsonl", rows.of_version(long), 25)
    found = list(read_records(tmp_path / "train.jsonl"))
    assert len(found) == 25 and sum(record["split"] == "test" for record in found) == rows.HELD_OUT


def test_the_longest_prompts_of_a_collection_are_asked(prompts: list[Prompt]) -> None:
    Prompt.objects.create(collection=prompts[0].collection, messages=[{"role": "user", "content": "Name " * 50}])
    assert rows.of_collection("toys")[0]["prompt"][0]["content"].startswith("Name Name")


def test_a_training_keeps_what_decides_its_memory_and_takes_two_steps_of_two_micro_batches() -> None:
    read = forms.read("sft", {"gpus": 0, "precision": "fp32", "batch_size": 128, "micro_batch_size": 4})
    found = smaller("sft", read)
    assert {name for name in found if found[name] != read[name]} == {
        "max_steps",
        "log_every",
        "batch_size",
        "save_every",
    }
    assert (found["max_steps"], found["batch_size"], rows_wanted("sft", found)) == (2, 8, 8)


def test_first_steps_keep_the_batches_and_save_nothing_on_the_way() -> None:
    given = {"gpus": 0, "precision": "fp32", "eval_every": 5, "keep": "best", "patience": 2}
    found = smaller("sft", forms.read("sft", given), 10, whole_batches=True)
    assert (found["max_steps"], found["batch_size"], found["eval_every"], found["keep"]) == (10, 128, 0, "last")
    assert found["save_every"] > 10


def test_draws_are_few_and_whole_in_length() -> None:
    draws = [{"name": "many", "n": 64, "first": 900, "temperature": 0.7}]
    found = smaller("sample", forms.read("sample", {"gpus": 0, "precision": "fp32", "draws": draws}))
    (draw,) = found["draws"]
    assert (draw["n"], draw["first"], draw["limit"], draw["temperature"]) == (4, 0, rows.ROWS, 0.7)
    assert found["max_tokens"] == 1024
