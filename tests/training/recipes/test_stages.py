"""What a stage waits for: whatever it takes something from, at any depth of its settings."""

from training.recipes.stages import CheckpointOf, Given, Stage, StageOutput, StageVersion, referred


def test_a_stage_needs_all_that_it_takes_something_from() -> None:
    stage = Stage(
        "dpo",
        "dpo",
        {"comparisons": [{"checkpoint": CheckpointOf("sft")}, {"baseline": CheckpointOf("base")}]},
        starts_from="rs",
        reference="before",
        inputs={
            "train": StageVersion("pairs", "pairs"),
            "held_out": Given("held_out"),
            "set": StageOutput("samples", "a.jsonl"),
        },
        after=("control",),
    )
    assert stage.uses == {"sft", "base", "rs", "before", "pairs", "samples", "control", "held_out"}


def test_a_judge_that_is_given_is_one_of_it() -> None:
    assert Stage("preferences", "judge", {"judge": Given("judge")}).uses == {"judge"}


def test_settings_speak_of_checkpoints_at_any_depth_and_of_nothing_else() -> None:
    assert referred({"a": [("x", CheckpointOf("one"))], "b": {"c": CheckpointOf("two")}}) == ["one", "two"]
    assert referred("CheckpointOf") == referred(7) == referred(None) == []
