"""A recipe as a picture: which stages stand side by side, and what is known of each."""

import msgspec
import pytest

from frontend.presenters.training.recipes import layers, of_recipe
from tests.frontend.machines import run
from training.recipes import RECIPES, built
from training.recipes.stages import Stage


def stage(name: str, *needs: str, kind: str = "sft") -> Stage:
    return Stage(name, kind, after=needs)


def names(stages: list[Stage]) -> list[list[str]]:
    return [[shown["name"] for shown in layer] for layer in layers(stages, {})]


def test_a_stage_stands_behind_everything_that_it_needs() -> None:
    sft, reward = stage("sft"), stage("reward", "sft")
    sample, keep = stage("sample", "sft"), stage("keep", "sample", "reward")
    assert names([sft, reward, sample, keep]) == [["sft"], ["reward", "sample"], ["keep"]]


def test_stages_that_need_nothing_stand_side_by_side_and_no_stages_are_no_layers() -> None:
    assert names([stage("one"), stage("other")]) == [["one", "other"]]
    assert names([]) == []


def test_a_name_is_shown_in_words() -> None:
    assert names([stage("sample-of_sft")]) == [["sample of sft"]]


@pytest.mark.django_db
def test_a_stage_that_has_started_shows_its_run_and_its_state() -> None:
    started = run("sft", stage="sft", state="failed")
    ((shown,), (waits,)) = layers([stage("sft"), stage("dpo", "sft", kind="dpo")], {"sft": started})
    assert (shown["state"], shown["run"], shown["kind"]) == ("failed", started, "SFT")
    assert (waits["state"], waits["run"], waits["kind"]) == ("", None, "DPO")


@pytest.mark.django_db
@pytest.mark.parametrize("name", RECIPES)
def test_every_stage_of_a_recipe_is_in_its_picture_once(name: str) -> None:
    file = built({"recipe": name})
    made = run("recipe", spec={"settings": {}, "recipe": msgspec.to_builtins(file)})
    shown = [one["name"] for layer in of_recipe(made) for one in layer]
    assert sorted(shown) == sorted(stage.name.replace("-", " ").replace("_", " ") for stage in file.stages)
