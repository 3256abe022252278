"""What a stage waits for: whatever it takes something from, at any depth of its settings."""

from training.recipes import RECIPES
from training.recipes.stages import CheckpointOf, PreparedVersion, Stage, StageOutput, StageVersion, referred


def test_a_stage_needs_all_that_it_takes_something_from() -> None:
    stage = Stage(
        "dpo",
        "dpo",
        {"comparisons": [{"checkpoint": CheckpointOf("sft")}, {"baseline": CheckpointOf("base")}]},
        starts_from="rs",
        reference="before",
        inputs={
            "train": StageVersion("pairs", "pairs"),
            "held_out": PreparedVersion("held_out"),
            "set": StageOutput("samples", "a.jsonl"),
        },
        after=("control",),
    )
    assert stage.needs == {"sft", "base", "rs", "before", "pairs", "samples", "control"}


def test_what_was_prepared_is_waited_for_by_nobody() -> None:
    assert Stage("create", "create", inputs={"corpus": PreparedVersion("demonstrations")}).needs == set()


def test_settings_speak_of_checkpoints_at_any_depth_and_of_nothing_else() -> None:
    assert referred({"a": [("x", CheckpointOf("one"))], "b": {"c": CheckpointOf("two")}}) == ["one", "two"]
    assert referred("CheckpointOf") == referred(7) == referred(None) == []


def test_every_stage_of_every_recipe_waits_only_for_earlier_ones() -> None:
    for recipe in RECIPES.values():
        for scale in recipe.scales:
            before: set[str] = set()
            for stage in recipe.stages(scale, 0):
                assert stage.needs <= before and stage.name not in before
                before.add(stage.name)
