"""A spec is right, or says which of its fields is not and what would be."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from tests.bounds import unbounded
from training import specs
from training.runs.forms import checked, fields
from training.runs.kinds import KINDS
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


@pytest.mark.parametrize("kind", KINDS)
def test_every_whole_number_of_a_run_has_an_end(kind: str) -> None:
    assert unbounded(KINDS[kind].settings) == []


@pytest.mark.parametrize(("kind", "name"), [("sft", "max_steps"), ("sft", "seed"), ("benchmark", "baseline")])
def test_a_number_beyond_its_end_is_called_too_large(kind: str, name: str) -> None:
    assert checked(kind, {name: "9" * 30})[1][name] == f"{'9' * 30} is too large."


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("inf", "inf is too large."),
        (10**400, f"{10**400} is too large."),
        ("-1", "-1 is not at least 0."),
        ("1_000", "Write 1_000 as 1000."),
        ("５.", "Write ５. as 5."),
        (True, "“True” is not a number."),
    ],
)
def test_what_is_wrong_with_a_number_is_true_of_it(given: Any, says: str) -> None:
    assert checked("judge", {"budget": given})[1]["budget"] == says


def test_a_bound_is_written_in_digits() -> None:
    (vocabulary,) = (field for field in fields("create") if field.name == "vocabulary")
    assert replace(vocabulary, maximum=12345678, minimum=0.0005).bounds == "at least 0.0005, at most 12345678"
