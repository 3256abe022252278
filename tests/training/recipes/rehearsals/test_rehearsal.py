"""A recipe is rehearsed with the real programs, and nothing of it is left in the project."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps

from tests.training.working import executed
from training.models import Checkpoint, Run
from training.recipes import RECIPES
from training.recipes.rehearsals import starting
from training.recipes.stages import (
    Asked,
    CheckpointOf,
    Given,
    Need,
    Pipeline,
    Recipe,
    Stage,
    StageOutput,
    StageVersion,
)
from training.recipes.toy import examples
from training.runs import launching

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

CPU = {"gpus": 0, "precision": "fp32", "threads": 1}
# Of a whole run these would take minutes.
TRAIN = CPU | {"template": "own", "batch_size": 64, "micro_batch_size": 4, "max_length": 96, "epochs": 50.0}
DRAWS = [{"name": "pairs", "n": 64}, {"name": "trial", "prompts": "held_out", "first": 500}]
NEEDS = {
    "demonstrations": Need("demonstrations", "", is_made=True),
    "prompts": Need("prompts", "", is_made=True),
    "held_out": Need("prompts", "", is_made=True),
}


def small(*more: Stage) -> Callable[[Asked], Pipeline]:
    create = CPU | {"vocabulary": 300, "width": 16, "layers": 1, "heads": 2, "positions": 128}
    sampling = CPU | {"max_tokens": 12, "engine": "transformers", "draws": DRAWS}
    judged = {"judge": "rubric_one", "test_share": 0.1}
    compared = [{"checkpoint": CheckpointOf("sft"), "baseline": CheckpointOf("sft")}]
    return lambda asked: Pipeline(
        NEEDS,
        (
            Stage("create", "create", create, inputs={"corpus": Given("demonstrations")}),
            Stage("sft", "sft", TRAIN, "create", {"train": Given("demonstrations")}),
            Stage("answers", "sample", sampling, "sft", {"prompts": Given("prompts"), "held_out": Given("held_out")}),
            Stage("prefer", "judge", judged, inputs={"responses": StageOutput("answers", "pairs.jsonl")}),
            Stage("rm", "reward", TRAIN, "sft", {"train": StageVersion("prefer", "preferences")}),
            Stage(
                "trial",
                "evaluate",
                {"judge": "rubric_two", "comparisons": compared},
                inputs={"prompts": Given("held_out")},
                after=("answers",),
            ),
            *more,
        ),
    )


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """Starts the rehearsal of a recipe with these stages at its end."""
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    toy = Recipe("mine", "Mine", "For tests.", ("tiny",), small(), examples=examples)

    def begin(*more: Stage) -> Run:
        monkeypatch.setitem(RECIPES, "mine", replace(toy, build=small(*more)))
        return starting.rehearse({"recipe": "mine"})

    return begin


def rows_of_all_tables() -> dict[str, int]:
    return {
        model.__name__: model._base_manager.count()
        for app in ("annotation", "training")
        for model in apps.get_app_config(app).get_models()
        if model is not Run
    }


def test_a_few_rows_go_through_every_stage_until_the_first_trap_and_nothing_is_left(
    recipe: Callable[..., Run],
) -> None:
    broken = Stage("again", "sft", TRAIN | {"template": "vicuna"}, "sft", {"train": Given("demonstrations")})
    drawn = {"responses": StageOutput("answers", "pairs.jsonl")}
    rated, people = (
        Stage("rated", "rate", {"judge": "rubric_one"}, inputs=drawn),
        Stage("people", "review", inputs=drawn),
    )
    kept = Stage("kept", "keep_best", inputs=drawn | {"scores": StageOutput("rated", "scores.jsonl")})
    run = recipe(rated, people, kept, broken, Stage("never", "keep_best", inputs=drawn))
    before = rows_of_all_tables()
    executed(run)
    told = {row["stage"]: row for row in run.result["stages"]}
    assert run.state == "failed" and list(told)[-1] == "again", run.error
    # Its own template is the remedy, as its launch would have said an hour later.
    assert run.error.startswith("Stage again would fail: template: ") and "Choose own" in run.error
    assert all("error" not in row for name, row in told.items() if name != "again")
    assert told["sft"]["steps"] == told["rm"]["steps"] == 2 and told["rm"]["seconds_a_step"] > 0
    assert told["sft"]["peak_memory"]["host"] > 1e8
    assert (told["prefer"]["questions"], told["trial"]["questions"], told["trial"]["dollars"]) == (3, 3, 0.0)
    assert (run.done, run.total, run.unit) == (9, 11, "stages")
    assert (told["rated"]["questions"], told["people"]["questions"]) == (1, 0)
    judges = {"Author"}
    after = rows_of_all_tables()
    assert {name for name in before if after[name] != before[name]} <= judges and not Checkpoint.objects.exists()
    assert list(run.directory.iterdir()) == []


def test_what_was_given_and_is_gone_is_a_trap_in_words(recipe: Callable[..., Run], make_checkpoint: Any) -> None:
    base = make_checkpoint("base")
    file = {
        "recipe": "mine",
        "title": "Mine",
        "needs": {"base": {"kind": "policy"}},
        "stages": [
            {
                "name": "tasks",
                "kind": "lm_eval",
                "starts_from": "base",
                "settings": {"gpus": 0, "precision": "fp32", "tasks": ["mmlu"]},
            }
        ],
    }
    run = executed(starting.rehearse({"file": file, "given": {"base": base.pk}}))
    assert run.state == "failed" and "Stage tasks would fail: The weights of base are not on this machine" in run.error
