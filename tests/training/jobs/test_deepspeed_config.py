"""DeepSpeed's JSON: what the settings say of it, and what a run's own adds."""

from typing import Any

import pytest

from training.jobs.deepspeed_config import configuration
from training.specs import Sft


def zero(**settings: Any) -> dict[str, Any]:
    found: dict[str, Any] = configuration(Sft(**settings))["zero_optimization"]
    return found


@pytest.mark.parametrize(("sharding", "stage"), [("zero1", 1), ("zero2", 2), ("zero3", 3)])
def test_each_sharding_is_a_stage_and_zero3_gathers_what_it_writes(sharding: str, stage: int) -> None:
    found = zero(sharding=sharding)
    assert found["stage"] == stage and "offload_optimizer" not in found
    assert ("stage3_gather_16bit_weights_on_model_save" in found) == (stage == 3)


def test_what_is_offloaded_lies_in_memory_that_is_pinned_for_gpus_only() -> None:
    assert zero(sharding="zero2", offload="optimizer")["offload_optimizer"] == {"device": "cpu", "pin_memory": True}
    found = zero(sharding="zero3", offload="all", gpus=0, processes=2, precision="fp32")
    assert found["offload_param"] == found["offload_optimizer"] == {"device": "cpu", "pin_memory": False}


def test_a_json_of_ones_own_is_added_within_what_the_settings_say() -> None:
    own = {"zero_optimization": {"overlap_comm": False, "zero_quantized_weights": True}, "steps_per_print": 9}
    found = configuration(Sft(sharding="zero3", deepspeed_config=own))
    assert found["zero_optimization"]["stage"] == 3 and found["steps_per_print"] == 9
    assert not found["zero_optimization"]["overlap_comm"] and found["zero_optimization"]["zero_quantized_weights"]
    assert found["train_batch_size"] == "auto"
