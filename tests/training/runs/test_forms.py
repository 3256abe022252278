"""The form of a run: what it takes, and what it says of what it refuses."""

from dataclasses import replace
from typing import Any

import pytest

from tests.bounds import unbounded
from training.runs.forms import checked, fields
from training.runs.kinds import KINDS


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


@pytest.mark.parametrize(
    ("given", "place"),
    [(["inf"], "[0]"), ('[0.5, "-inf"]', "[1]"), (["nan"], "[0]"), (["1", float("inf")], "[1]")],
)
def test_a_list_takes_no_number_that_json_cannot_say(given: Any, place: str) -> None:
    read, errors = checked("dpo", {"loss_weights": given})
    assert errors == {"loss_weights": f"Expected a finite number at {place}."}
    assert read["loss_weights"] == (1.0,)


@pytest.mark.parametrize("levels", [21, 900, 50_000])
def test_what_is_nested_without_end_is_refused_in_words(levels: int) -> None:
    deep = '{"a":' * levels + "1" + "}" * levels
    assert checked("sft", {"deepspeed_config": deep})[1] == {
        "deepspeed_config": "It is nested more than 20 levels deep."
    }


def test_settings_of_a_trainer_stand_under_headings_and_others_under_one() -> None:
    themes = {field.name: field.theme for field in fields("dpo")}
    assert themes["learning_rate"] == themes["warmup"] == themes["optimizer"] == "Optimiser and learning rate"
    assert themes["lora_rank"] == "Adapters" and themes["nodes"] == "Several GPUs and processes"
    assert themes["beta"] == themes["max_length"] == "Data and loss" and themes["seed"] == "Model and machine"
    assert {field.theme for field in fields("judge")} == {""}
