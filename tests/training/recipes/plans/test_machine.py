"""Hours, memory and disk by rules of thumb, against figures that are known of real models."""

import pytest

from training import specs
from training.recipes.plans import machine
from training.recipes.plans.flow import Work

SEVEN = 7e9


def spec(kind: str, **settings: object) -> specs.Spec:
    return specs.parse(kind, dict(settings))


def test_full_finetuning_of_7b_takes_sixteen_bytes_a_parameter_and_sharding_divides_them() -> None:
    assert machine.memory(spec("sft", gpus=1), SEVEN) == 16 * SEVEN
    assert machine.memory(spec("sft", gpus=8, sharding="zero3"), SEVEN) == 2 * SEVEN
    assert machine.memory(spec("sft", gpus=8, sharding="zero2"), SEVEN) == (4 + 12 / 8) * SEVEN
    assert machine.memory(spec("sft", gpus=8, sharding="zero1"), SEVEN) == (8 + 8 / 8) * SEVEN
    assert machine.memory(spec("sft", gpus=4, nodes=2, sharding="fsdp"), SEVEN) == 2 * SEVEN


def test_eight_bits_offload_and_qlora_take_less() -> None:
    assert machine.memory(spec("sft", gpus=1, optimizer="adamw_8bit"), SEVEN) == 10 * SEVEN
    offloaded = spec("sft", gpus=8, sharding="zero2", offload="optimizer")
    assert machine.memory(offloaded, SEVEN) == (4 + 4 / 8) * SEVEN
    assert machine.memory(spec("sft", gpus=1, lora_rank=64, quantize="4bit"), SEVEN) < 0.4 * 2 * SEVEN


def test_lora_of_7b_fits_on_a_card_of_24_gigabytes_and_full_finetuning_on_none_of_80() -> None:
    assert machine.memory(spec("sft", gpus=1, lora_rank=64), SEVEN) < 24e9
    assert machine.memory(spec("sft", gpus=1), SEVEN) > machine.H100.memory


def test_dpo_holds_a_reference_beside_and_a_sampler_the_weights_alone() -> None:
    full = {"gpus": 8, "sharding": "zero3"}
    assert machine.memory(spec("dpo", **full), SEVEN) - machine.memory(spec("sft", **full), SEVEN) == 2 * SEVEN / 8
    assert machine.memory(spec("sample", gpus=1), SEVEN) == 2 * SEVEN


def test_a_published_rate_of_training_7b_is_met_within_a_third() -> None:
    """llm-foundry: 8,611 tokens a second and H100, 4k, with activation checkpointing, of 6.7e9 parameters."""
    a_second = 1e9 / (machine.hours(Work(trained=1e9), spec("sft", gpus=1), 6.7e9) * 3600)
    assert a_second == pytest.approx(8611, rel=1 / 3)


def test_sampling_64_responses_of_400_tokens_to_10000_prompts_takes_half_a_day_of_a_card() -> None:
    taken = machine.hours(Work(generated=64 * 10_000 * 400), spec("sample", gpus=1), SEVEN)
    assert taken == pytest.approx(12.3, rel=0.01)


def test_a_checkpoint_and_two_on_the_way_lie_on_the_disk() -> None:
    assert machine.disk(Work(), spec("sft", gpus=8, sharding="zero2"), SEVEN) == (4 + 2 * 16) * SEVEN
