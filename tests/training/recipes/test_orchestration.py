"""A recipe of four stages, whose runs end as each test wants."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.training.recipes.stepping import NEEDS, break_down, children, state, succeed
from training.models import Checkpoint, Run
from training.recipes import RECIPES
from training.recipes.orchestration import Known, advance, open_recipes
from training.recipes.stages import CheckpointOf, Given, Pipeline, Stage, StageOutput, referred
from training.runs import launching
from training.runs.names import RunOutput
from training.tasks import advance_recipes
from training.worker import transitions

pytestmark = pytest.mark.usefixtures("sent")


def test_it_begins_with_what_needs_nothing(recipe: Run) -> None:
    advance(recipe.pk)
    assert state(recipe) == "running"
    assert children(recipe) == {"create": "queued"}


def test_stages_that_are_ready_together_are_launched_together(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    assert children(recipe) == {"create": "succeeded", "sft": "queued", "control": "queued"}


def test_a_stage_waits_for_all_that_it_names(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    succeed(recipe, "sft")
    assert "sample" not in children(recipe)
    succeed(recipe, "control")
    assert children(recipe)["sample"] == "queued"


def test_a_stage_starts_from_the_checkpoint_of_another(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    sft = recipe.children.get(stage="sft")
    assert sft.checkpoint == Checkpoint.objects.get(run__stage="create")
    assert sft.seed == 3


def test_it_succeeds_with_its_last_stage(recipe: Run) -> None:
    advance(recipe.pk)
    for stage in ("create", "sft", "control", "sample"):
        succeed(recipe, stage)
    assert state(recipe) == "succeeded"
    assert (recipe.done, recipe.total) == (4, 4)
    assert open_recipes() == []


def test_advancing_twice_changes_nothing(recipe: Run, sent: list[str], prepared: list[int]) -> None:
    advance(recipe.pk)
    before = children(recipe), list(sent)
    advance(recipe.pk)
    assert (children(recipe), sent) == before
    assert prepared == [3]


def test_a_failed_stage_fails_it_by_name(recipe: Run) -> None:
    advance(recipe.pk)
    break_down(recipe, "create")
    assert state(recipe) == "failed"
    assert "Stage create failed. no memory left" in recipe.error


def test_a_cancelled_stage_cancels_it_and_a_resumed_recipe_runs_the_stage_again(recipe: Run) -> None:
    advance(recipe.pk)
    launching.cancel(recipe.children.get(stage="create"))
    advance(recipe.pk)
    assert state(recipe) == "cancelled"
    assert "Stage create was cancelled. Resume the recipe" in recipe.error
    assert launching.resume(recipe)
    advance(recipe.pk)
    assert (state(recipe), children(recipe)) == ("running", {"create": "queued"})


def test_a_stage_that_failed_counts_more_than_one_that_was_cancelled(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    launching.cancel(recipe.children.get(stage="control"))
    break_down(recipe, "sft")
    assert state(recipe) == "failed"


def test_a_resumed_recipe_goes_on_where_it_stopped(recipe: Run, sent: list[str]) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    break_down(recipe, "sft")
    assert launching.resume(recipe)
    advance(recipe.pk)
    assert state(recipe) == "running"
    assert children(recipe)["create"] == "succeeded"
    assert children(recipe)["sft"] == "queued"
    assert sent.count("sft") == 2


def test_a_lost_stage_is_waited_for_while_it_has_attempts(recipe: Run) -> None:
    advance(recipe.pk)
    recipe.children.filter(stage="create").update(state="lost", attempts=1)
    advance(recipe.pk)
    assert state(recipe) == "running"
    recipe.children.filter(stage="create").update(attempts=transitions.ATTEMPTS)
    advance(recipe.pk)
    assert state(recipe) == "failed"


def test_cancelling_it_cancels_its_stages(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    running = transitions.claim(recipe.children.get(stage="sft").pk, "w1")
    assert running
    assert launching.cancel(recipe)
    advance(recipe.pk)
    assert children(recipe)["control"] == "cancelled"
    assert state(recipe) == "running"
    transitions.confirm_cancelled(running)
    advance(recipe.pk)
    assert state(recipe) == "cancelled"


@pytest.fixture
def of_stages(recipe: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    """`of_stages(one, two)`: a recipe of these stages."""

    def of_stages(*stages: Stage) -> Run:
        changed = replace(RECIPES["toy"], build=lambda asked: Pipeline(NEEDS, stages))
        monkeypatch.setitem(RECIPES, "toy", changed)
        return launching.launch("recipe", {"recipe": "toy"}, name="Of its own")

    return of_stages


def test_a_stage_that_cannot_be_launched_fails_it_with_the_reason(of_stages: Callable[..., Run]) -> None:
    run = of_stages(Stage("create", "create", {"layers": 0}, inputs={"corpus": Given("train")}))
    advance(run.pk)
    assert state(run) == "failed"
    assert "layers" in run.error


def test_a_stage_reads_what_another_left(of_stages: Callable[..., Run]) -> None:
    run = of_stages(
        Stage("create", "create", {}, inputs={"corpus": Given("train")}),
        Stage("keep", "keep_best", {}, inputs={"responses": StageOutput("create", "scores.jsonl")}),
    )
    advance(run.pk)
    succeed(run, "create")
    made = run.children.get(stage="create")
    assert run.children.get(stage="keep").spec["outputs"] == {"responses": {"run": made.pk, "file": "scores.jsonl"}}
    assert RunOutput(made.pk, "scores.jsonl").run_id == made.pk


def test_settings_may_speak_of_checkpoints_at_any_depth() -> None:
    settings: dict[str, Any] = {"comparisons": [{"checkpoint": CheckpointOf("sft"), "control": False}]}
    assert referred(settings) == ["sft"]


def test_what_refers_to_nothing_stays_as_it_is(recipe: Run) -> None:
    settings: dict[str, Any] = {"n": 1, "draws": [{"name": "set", "first": 0}], "losses": ["sigmoid"]}
    assert Known(recipe, {}).resolved(settings) == settings


def test_the_time_left_is_learnt_from_the_stages_that_ended(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    recipe.children.filter(stage="create").update(worked_seconds=10)
    advance(recipe.pk)
    recipe.refresh_from_db()
    # Ten seconds for a weight of 1; 6, 2 and 1 are to come, and the GPU takes one at a time.
    assert recipe.eta_seconds == pytest.approx(90)


def test_a_recipe_takes_what_its_stages_work_and_not_what_they_wait(recipe: Run) -> None:
    advance(recipe.pk)
    began = timezone.now() - timedelta(minutes=30)
    Run.objects.filter(pk=recipe.pk).update(started_at=began)
    claim = transitions.claim(recipe.children.get(stage="create").pk, "w1")
    assert claim
    recipe.children.update(working_since=began + timedelta(minutes=20))
    advance(recipe.pk)
    transitions.fail(claim, "no memory left")
    advance(recipe.pk)
    recipe.refresh_from_db()
    assert recipe.duration is not None and recipe.duration.total_seconds() == pytest.approx(600, abs=5)


def test_a_recipe_that_the_studio_has_no_longer_fails_where_it_must_still_prepare(
    recipe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(RECIPES, "toy")
    advance(recipe.pk)
    assert state(recipe) == "failed"
    assert "There is no recipe 'toy'" in recipe.error


def test_a_recipe_keeps_its_stages_whatever_becomes_of_it_in_the_studio(
    recipe: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    advance(recipe.pk)
    monkeypatch.delitem(RECIPES, "toy")
    for stage in ("create", "sft", "control", "sample"):
        succeed(recipe, stage)
    assert state(recipe) == "succeeded"


def test_a_recipe_that_breaks_holds_up_no_other(recipe: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = replace(RECIPES["toy"], name="broken", prepare=lambda asked, by: 1 / 0)  # type: ignore[arg-type,return-value]
    monkeypatch.setitem(RECIPES, "broken", broken)
    for _ in range(2):
        launching.launch("recipe", {"recipe": "broken"})
    behind = launching.launch("recipe", {"recipe": "toy"})
    with pytest.raises(ZeroDivisionError):
        advance_recipes()
    assert children(recipe) == children(behind) == {"create": "queued"}


@pytest.mark.django_db(transaction=True)
def test_many_who_advance_a_recipe_at_once_launch_each_stage_once(
    recipe: Run, at_once: Callable[..., None], sent: list[str]
) -> None:
    at_once(6, lambda n: advance(recipe.pk))
    assert children(recipe) == {"create": "queued"}
    assert sent.count("create") == 1
