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
        ("sft", {"gpus": 0, "deepspeed": "zero2"}, "deepspeed", "use none on a CPU"),
        ("sft", {"data": {"train": {"path": "x", "sha256": "y"}}}, "data[...].sha256", "matching regex"),
        ("dpo", {"losses": ["sigmoid", "sft"]}, "loss_weights", "give 2, one for each loss"),
        ("dpo", {"losses": ["magic"]}, "losses[0]", "Invalid enum value 'magic'"),
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
