"""A spec is right, or says which of its fields is not and what would be."""

from typing import Any

import msgspec
import pytest

from training import specs
from training.specs import Dpo, Sft, SpecError, parse


@pytest.mark.parametrize("kind", specs.SPECS)
def test_every_kind_has_defaults_that_survive_a_round_trip(kind: str) -> None:
    spec = parse(kind, {})
    fields = msgspec.to_builtins(spec)
    assert fields.pop("kind") == spec.kind == kind
    assert parse(kind, fields) == spec
    assert msgspec.json.decode(specs.to_json(spec))["kind"] == kind


@pytest.mark.parametrize("kind", specs.SPECS)
def test_every_field_says_what_it_is_for(kind: str) -> None:
    wanted = specs.spec_class(kind)
    assert all(specs.help_text(wanted, name).endswith(".") for name in wanted.__struct_fields__)
    assert set(wanted.__struct_fields__) >= wanted.PLUMBING


@pytest.mark.parametrize(
    ("kind", "fields", "field", "problem"),
    [
        ("sft", {"learning_rate": -1.0}, "learning_rate", "Expected `float` > 0.0. The highest learning rate"),
        ("sft", {"seed": "a"}, "seed", "Expected `int`, got `str`"),
        ("sft", {"lr": 1}, "", "unknown field `lr`; Sft has base, data"),
        ("sft", {"batch_size": 10, "micro_batch_size": 4}, "batch_size", "10 must be a multiple of"),
        ("sft", {"gpus": 0, "sharding": "zero2"}, "sharding", "use none on a CPU"),
        ("sft", {"data": {"train": {"path": "x", "sha256": "y"}}}, "data[...].sha256", "matching regex"),
        ("sft", {"gpus": 0, "processes": 2, "sharding": "zero2"}, "precision", "on a CPU needs fp32"),
        ("sft", {"gpus": 2, "processes": 2}, "processes", "each GPU has its process"),
        ("sft", {"gpus": 0, "processes": 3}, "batch_size", "micro_batch_size × processes = 12"),
        ("sft", {"max_steps": 0}, "max_steps", "use -1 for all epochs"),
        ("sft", {"lora_alpha": 16.0}, "lora_alpha", "leave 32 or set lora_rank"),
        ("sft", {"min_learning_rate": 1.0, "learning_rate": 1.0}, "min_learning_rate", "below learning_rate, 1"),
        ("sft", {"min_learning_rate": 1e-6, "schedule": "linear"}, "min_learning_rate", "linear has none; leave 0"),
        ("sft", {"cycles": 2}, "cycles", "only cosine_with_restarts reads it"),
        ("sft", {"power": 2.0}, "power", "only polynomial reads it"),
        ("sft", {"decay": 0.2}, "decay", "only warmup_stable_decay reads it"),
        ("sft", {"schedule": "warmup_stable_decay", "decay": 0.8, "warmup": 0.3}, "decay", "at most 1"),
        ("sft", {"schedule": "constant", "warmup_steps": 5}, "warmup_steps", "choose constant_with_warmup"),
        ("sft", {"optimizer": "adafactor", "adam_beta1": 0.8}, "adam_beta1", "Adafactor has none"),
        ("sft", {"optimizer": "paged_adamw_8bit", "gpus": 0}, "optimizer", "on a CPU use adamw or adamw_8bit"),
        ("sft", {"optimizer": "adafactor", "sharding": "zero2"}, "optimizer", "use adamw with sharding"),
        ("sft", {"precision": "fp16", "gpus": 0}, "precision", "on a CPU use fp32"),
        ("create", {"precision": "fp16", "gpus": 0}, "precision", "on a CPU use fp32"),
        ("score", {"precision": "fp16", "gpus": 0}, "precision", "on a CPU use fp32"),
        ("sft", {"offload": "optimizer"}, "offload", "done by zero2, zero3 and fsdp"),
        ("sft", {"offload": "all", "sharding": "zero2"}, "offload", "choose optimizer, or zero3"),
        ("sft", {"offload": "all", "sharding": "zero3", "optimizer": "adamw_8bit"}, "optimizer", "offload none"),
        ("sft", {"deepspeed_config": {"steps_per_print": 5}}, "deepspeed_config", "choose one for sharding"),
        (
            "sft",
            {
                "sharding": "zero3",
                "deepspeed_config": {"zero_optimization": {"stage": 2, "round_robin_gradients": True}},
            },
            "deepspeed_config",
            "zero_optimization.stage is said by sharding",
        ),
        (
            "sft",
            {"sharding": "zero2", "deepspeed_config": {"optimizer": {"type": "Lamb", "params": {"lr": 1e-3}}}},
            "deepspeed_config",
            "optimizer.type is said by optimizer; leave it out",
        ),
        ("sft", {"attention": "flash_attention_2", "gpus": 0}, "attention", "on a CPU use sdpa"),
        ("sft", {"attention": "flash_attention_3", "precision": "fp32"}, "attention", "computes in bf16 or fp16"),
        ("sft", {"activation_offload": True, "gpus": 0}, "activation_offload", "leave it on a CPU"),
        ("sft", {"liger": True, "gpus": 0}, "liger", "leave it on a CPU"),
        ("sft", {"dora": True}, "dora", "lora_rank 0 has none"),
        ("sft", {"adapter": "keep"}, "adapter", "set lora_rank"),
        ("sft", {"lora_targets": ["q_proj"]}, "lora_targets", "set lora_rank, or leave it"),
        ("sft", {"quantize": "4bit"}, "quantize", "set lora_rank"),
        ("sft", {"lora_rank": 4, "lora_targets": ["all-linear", "q_proj"]}, "lora_targets", "name it alone"),
        ("sft", {"lora_rank": 4, "quantize": "8bit", "sharding": "zero3"}, "quantize", "use zero2"),
        ("sft", {"spike_factor": 0.5}, "spike_factor", "choose more than 1, or 0"),
        ("sft", {"trackers": ["tensorboard", "tensorboard"]}, "trackers", "name each once"),
        ("sft", {"sharding": "fsdp", "gpus": 1}, "sharding", "set gpus, or use none"),
        ("sft", {"sharding": "fsdp", "gpus": 2, "offload": "optimizer"}, "offload", "choose all, or none"),
        ("sft", {"sharding": "fsdp", "gpus": 2, "optimizer": "adamw_8bit"}, "optimizer", "knows no shards of fsdp"),
        ("sft", {"sharding": "fsdp", "gpus": 2, "quantize": "4bit", "lora_rank": 4}, "quantize", "use zero2"),
        (
            "sft",
            {"sharding": "fsdp", "gpus": 0, "nodes": 2, "offload": "all"},
            "offload",
            "leave",
        ),
        ("sft", {"rendezvous": "first:29500"}, "rendezvous", "set nodes, or leave it empty"),
        ("sft", {"nodes": 2, "rendezvous": "first", "batch_size": 128}, "rendezvous", "matching regex"),
        ("sft", {"nodes": 3, "gpus": 8}, "batch_size", "micro_batch_size × gpus × nodes = 96"),
        ("sft", {"template": "vicuna", "chat_template": "{{ 1 }}"}, "template", "choose own"),
        ("sft", {"template_tokens": ["<a>"]}, "template_tokens", "give one"),
        ("sft", {"rope": "yarn"}, "rope_factor", "set both"),
        ("sft", {"loss_on": "weighted", "batches": "packed"}, "batches", "use padded"),
        ("reward", {"labels": "soft", "margin": "grade"}, "margin", "use none"),
        ("reward", {"margin_scale": 2.0}, "margin_scale", "choose a margin"),
        ("sft", {"mixed_rows": 9}, "mixed_rows", "set shares"),
        ("sft", {"keep": "best"}, "keep", "set eval_every"),
        ("sft", {"patience": 3}, "patience", "set eval_every"),
        ("sft", {"template": "own", "replace_template": True}, "replace_template", "choose another"),
        ("dpo", {"losses": ["sft", "sft"], "loss_weights": [1.0, 1.0]}, "losses", "named twice"),
        ("dpo", {"loss_weights": [0.0]}, "loss_weights", "above 0"),
        ("dpo", {"losses": ["sigmoid", "sft"]}, "loss_weights", "give 2, one for each loss"),
        ("dpo", {"losses": ["magic"]}, "losses[0]", "Invalid enum value 'magic'"),
        ("online", {"batch_size": 12}, "batch_size", "must be a multiple of n = 8"),
        ("online", {"max_tokens": 4096}, "max_tokens", "use less than max_length = 2048"),
        ("online", {"beta": 0.0, "kl_limit": 0.1}, "kl_limit", "set beta above 0"),
        ("online", {"reward_weights": [0.0]}, "reward_weights", "one must be above 0"),
        ("online", {"algorithm": "rloo", "scale": "none"}, "scale", "leave group, or use grpo"),
        ("merge", {"way": "slerp", "weights": [1.0, 2.0]}, "weights", "share in their place"),
        ("merge", {"share": 0.1}, "share", "weights in its place"),
        ("create", {"width": 100, "heads": 8}, "width", "multiple of twice the 8 heads"),
        ("create", {"template": "own"}, "template", "name one"),
        ("sample", {"draws": [{"n": 4, "temperature": 0.0}]}, "draws[0]", "use n = 1"),
        ("sample", {"draws": [{}, {}]}, "draws", "a name of its own"),
        ("dance", {}, "kind", "there is no 'dance'; the kinds are create, sft"),
    ],
)
def test_what_is_wrong_is_named_with_its_remedy(kind: str, fields: dict[str, Any], field: str, problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(kind, fields)
    assert caught.value.field == field
    assert problem in caught.value.problem


def test_a_step_is_shared_out_over_devices_and_micro_batches() -> None:
    assert Sft(batch_size=128, micro_batch_size=4, gpus=8).accumulation == 4
    assert Sft(batch_size=128, micro_batch_size=4, gpus=0).accumulation == 32
    small = Dpo(batch_size=2, micro_batch_size=4, gpus=1)
    assert (small.device_batch_size, small.accumulation) == (2, 1)


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("sft", {"seed": specs.LARGE}, "seed"),
        ("sft", {"seed": -1}, "seed"),
        ("sft", {"learning_rate": 0}, "learning_rate"),
        ("sft", {"epochs": 0.0}, "epochs"),
        ("sft", {"gpus": 65}, "gpus"),
        ("sft", {"warmup": 1.0}, "warmup"),
        ("sft", {"cycles": 0}, "cycles"),
        ("sft", {"decay": 0.0}, "decay"),
        ("sft", {"adam_beta1": 1.0}, "adam_beta1"),
        ("sft", {"adam_epsilon": 0.0}, "adam_epsilon"),
        ("sft", {"power": 0.0}, "power"),
        ("sft", {"max_length": 7}, "max_length"),
        ("sft", {"template": "claude"}, "template"),
        ("dpo", {"beta": 0}, "beta"),
        ("dpo", {"label_smoothing": 0.5}, "label_smoothing"),
        ("dpo", {"losses": [], "loss_weights": []}, "losses"),
        ("sample", {"draws": []}, "draws"),
        ("sample", {"draws": [{"top_p": 0}]}, "draws[0].top_p"),
        ("sample", {"draws": [{"name": "../up"}]}, "draws[0].name"),
        ("sample", {"draws": [{"n": 2, "temperature_by": "mt_bench"}]}, "draws[0]"),
        ("keep_best", {"upper": 1.5}, "upper"),
        ("keep_best", {"length_penalty": -0.1}, "length_penalty"),
        ("lm_eval", {"tasks": []}, "tasks"),
        ("lm_eval", {"tasks": ["mmlu", "mmlu"]}, "tasks"),
        ("lm_eval", {"num_fewshot": -2}, "num_fewshot"),
    ],
)
def test_a_value_just_outside_of_its_bounds_is_refused_at_its_field(
    kind: str, fields: dict[str, Any], field: str
) -> None:
    with pytest.raises(SpecError) as caught:
        parse(kind, fields)
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("sft", {"seed": specs.LARGE - 1}),
        ("sft", {"batch_size": 8, "micro_batch_size": 4, "gpus": 2}),
        ("sft", {"max_steps": -1, "warmup": 0.0, "weight_decay": 0.0}),
        ("sft", {"lora_rank": 8, "lora_alpha": 16.0, "eval_every": 10, "keep": "best", "patience": 1}),
        ("sft", {"gpus": 0, "processes": 2, "precision": "fp32", "sharding": "zero3"}),
        ("dpo", {"losses": ["sigmoid", "sft"], "loss_weights": [1.0, 0.1]}),
        ("sample", {"draws": [{"n": 1024}, {"name": "greedy", "temperature": 0.0}]}),
        ("keep_best", {"pairs": 0, "upper": 0.0, "lower": 1.0}),
        ("lm_eval", {"limit": 0, "num_fewshot": -1}),
    ],
)
def test_a_value_at_its_bounds_is_taken(kind: str, fields: dict[str, Any]) -> None:
    assert parse(kind, fields).kind == kind


def test_of_several_rules_that_do_not_hold_the_first_is_named_and_all_are_told() -> None:
    with pytest.raises(SpecError) as caught:
        parse("sft", {"batch_size": 10, "micro_batch_size": 4, "gpus": 0, "sharding": "zero3"})
    assert caught.value.field == "batch_size" and "sharding: shares out over gpus" in caught.value.problem


def test_a_field_that_there_is_not_has_no_help() -> None:
    assert specs.help_text(Sft, "weather") == ""


@pytest.mark.parametrize(
    ("asked", "world"),
    [({"gpus": 8}, 8), ({"gpus": 8, "tensor_parallel": 4}, 2), ({"gpus": 0, "processes": 3}, 3), ({"gpus": 0}, 1)],
)
def test_sampling_is_a_process_for_each_copy_of_the_model(asked: dict[str, int], world: int) -> None:
    spec = specs.parse("sample", asked)
    assert isinstance(spec, specs.Spread) and spec.world == world


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"gpus": 2, "processes": 2}, "processes"),
        ({"gpus": 6, "tensor_parallel": 4}, "tensor_parallel"),
        ({"gpus": 0, "tensor_parallel": 2}, "tensor_parallel"),
        ({"gpus": 2, "tensor_parallel": 2, "engine": "transformers"}, "tensor_parallel"),
    ],
)
def test_what_no_processes_can_share_is_refused(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        specs.parse("score", asked)
    assert caught.value.field == field
