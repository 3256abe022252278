"""Each recipe beside xwin as data: sound at every scale, and what makes it that recipe."""

from typing import Any

import pytest

from training.recipes import RECIPES, files
from training.recipes.plans.flow import Rows, flow
from training.recipes.stages import Asked, CheckpointOf, Given, Pipeline, Stage, StageOutput, StageVersion
from training.runs import forms

BESIDE = [name for name in RECIPES if name != "xwin"]
CASES = [(name, scale) for name in BESIDE for scale in RECIPES[name].scales]
ROWS = {"prompts": 900, "demonstrations": 6000, "held_out": 100}


def built(name: str, scale: str, *given: str, **options: Any) -> Pipeline:
    recipe = RECIPES[name]
    return recipe.build(Asked(scale, 5, recipe.options(**options), frozenset(given), ROWS))


def named(pipeline: Pipeline) -> dict[str, Stage]:
    return {stage.name: stage for stage in pipeline.stages}


@pytest.mark.parametrize(("name", "scale"), CASES)
def test_a_recipe_is_a_file_whose_every_setting_holds_and_comes_back_the_same(name: str, scale: str) -> None:
    recipe, pipeline = RECIPES[name], built(name, scale)
    file = files.file_of(name, recipe.title, recipe.description, scale, 5, pipeline)
    assert files.pipeline(files.read(files.written(file))) == files.pipeline(file)
    seen = set(pipeline.needs)
    for stage in pipeline.stages:
        assert stage.uses <= seen, stage.name
        seen.add(stage.name)
    assert set(pipeline.needs) <= {used for stage in pipeline.stages for used in stage.uses}
    assert recipe.about[scale]


@pytest.mark.parametrize(("name", "scale"), CASES)
def test_a_recipe_that_is_given_what_it_needs_has_a_plan_of_every_stage(name: str, scale: str) -> None:
    pipeline = built(name, scale)
    rows = {need: Rows(ROWS[need], ROWS[need], 50, 200) for need in pipeline.needs if need in ROWS}
    unknown = {stage for stage, work in flow(pipeline, rows).items() if work is None}
    assert unknown <= {"create"}


@pytest.mark.parametrize("name", BESIDE)
def test_only_a_program_evaluates_a_model_by_itself(name: str) -> None:
    """A model compares two: what has no baseline would be refused after days of training."""
    alone = {
        scale: [
            one
            for stage in built(name, scale).stages
            for one in stage.settings.get("comparisons", [])
            if not one.get("baseline")
        ]
        for scale in RECIPES[name].scales
    }
    assert all(scale in ("toy", "trial") for scale, found in alone.items() if found)


def test_openchat_learns_an_end_of_turn_token_for_five_epochs_in_rows_of_like_length() -> None:
    sft = named(built("openchat", "13b", max_length=8192))["sft"]
    settings = forms.checked("sft", sft.settings)[0]
    assert (settings["template"], settings["epochs"], settings["group_by_length"]) == ("openchat", 5.0, True)
    assert (settings["batch_size"], settings["learning_rate"], settings["max_length"]) == (128, 2e-5, 8192)


def test_xverse_keeps_the_best_of_what_it_measures_every_200_steps() -> None:
    settings = forms.checked("sft", named(built("xverse", "13b"))["sft"].settings)[0]
    assert (settings["template"], settings["sharding"], settings["max_grad_norm"]) == ("xverse", "zero2", 0.5)
    assert (settings["keep"], settings["eval_every"], settings["epochs"]) == ("best", 200, 2.0)
    assert settings["batch_size"] == 4 * 4 * 8
    alone = named(built("xverse", "7b-lora"))["sft"].settings
    assert "sharding" not in alone and alone["learning_rate"] == 2e-4


def test_each_round_of_iterative_dpo_is_held_against_its_start_and_has_prompts_of_its_own() -> None:
    pipeline = built("iterative_dpo", "7b", "rm", "sft", rounds=3)
    stages = named(pipeline)
    assert [(stages[f"dpo-{n}"].starts_from, stages[f"dpo-{n}"].reference) for n in (1, 2, 3)] == [
        ("sft", "sft"),
        ("dpo-1", "dpo-1"),
        ("dpo-2", "dpo-2"),
    ]
    draws = [stages[f"{name}-samples"].settings["draws"][0] for name in ("sft", "dpo-1", "dpo-2")]
    assert [(draw["first"], draw["limit"], draw["n"]) for draw in draws] == [(0, 300, 8), (300, 300, 8), (600, 300, 8)]
    assert {"rm", "sft"} <= set(pipeline.needs) and "judge" not in pipeline.needs
    (evaluation,) = [stage for stage in pipeline.stages if stage.kind == "evaluate"]
    assert [one["checkpoint"] for one in evaluation.settings["comparisons"]] == [
        CheckpointOf(f"dpo-{n}") for n in (1, 2, 3)
    ]


def test_in_ultrafeedback_four_models_answer_and_four_judges_rate_what_becomes_pairs() -> None:
    stages = named(built("ultrafeedback", "7b", "sft"))
    answers = stages["answers"]
    assert (answers.starts_from, answers.loads) == ("model_1", {"policies": ("model_2", "model_3", "model_4")})
    assert stages["ratings"].settings["further_judges"] == [
        Given("truthfulness"),
        Given("honesty"),
        Given("helpfulness"),
    ]
    assert stages["pairs"].inputs["scores"] == StageOutput("ratings", "scores.jsonl")
    assert stages["pairs"].settings["pairing"] == "best_random"
    assert stages["dpo"].inputs == {"train": StageVersion("pairs", "pairs")}
