"""Answers as they change while a policy learns, by real training runs of a tiny model."""

from typing import Any

import pytest

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, Run
from training import specs
from training.rundir import RunDir, read_records

HELD_OUT = [record | {"split": "test"} if record["prompt_id"] in (3, 5, 7) else record for record in DEMONSTRATIONS]
SHOWS = {"max_steps": 3, "shown": 2, "show_every": 2}


def shown(run: RunDir) -> list[dict[str, Any]]:
    return list(read_records(run.samples))


def losses(run: RunDir) -> list[float]:
    return [row["loss"] for row in run.read_metrics()[0] if "loss" in row]


def test_the_same_held_out_prompts_are_answered_at_the_start_on_the_way_and_at_the_end(do: Run, base: str) -> None:
    run, _ = do("sft", {"train": HELD_OUT}, base=base, **SHOWS)
    lines = shown(run)
    # Prompts 3 and 7 are one text: it is asked once.
    assert [(line["step"], line["prompt_id"]) for line in lines] == [(0, 3), (0, 5), (2, 3), (2, 5), (3, 3), (3, 5)]
    assert lines[0]["prompt"] == HELD_OUT[3]["prompt"] and lines[0]["reward"] is None
    assert {line["finish_reason"] for line in lines} <= {"stop", "length"}
    asked = [HELD_OUT[3], HELD_OUT[5]]
    drawn = {"draws": [{"n": 1, "temperature": 0.0}], "max_tokens": 256, "max_context": 128, "engine": "transformers"}
    told, _ = do("sample", {"prompts": asked}, base=str(run.output), **drawn)
    greedy = [line["response"] for line in read_records(told.output / "responses.jsonl")]
    assert [line["response"] for line in lines if line["step"] == 3] == greedy


@pytest.mark.parametrize(("kind", "data"), [("sft", DEMONSTRATIONS), ("dpo", PREFERENCES), ("kto", PREFERENCES)])
def test_what_is_learnt_is_the_same_as_without(do: Run, base: str, kind: str, data: list[dict[str, Any]]) -> None:
    run, result = do(kind, {"train": data}, "shown", base=base, **SHOWS)
    plain, without = do(kind, {"train": data}, "plain", base=base, max_steps=3)
    assert len(shown(run)) == 6 and not plain.samples.exists()
    assert losses(run) == losses(plain)
    weights = {name: file.sha256 for name, file in result.files.items() if name.endswith(".safetensors")}
    assert weights and weights.items() <= {name: file.sha256 for name, file in without.files.items()}.items()


def test_a_reward_model_answers_nothing_and_has_no_such_setting() -> None:
    with pytest.raises(specs.SpecError, match="shown"):
        specs.parse("reward", {"shown": 2})


def test_with_fsdp_it_is_refused_before_the_run() -> None:
    with pytest.raises(specs.SpecError, match="shown: no answers are asked for on the way with fsdp"):
        specs.parse("sft", {"shown": 2, "sharding": "fsdp", "gpus": 2})
