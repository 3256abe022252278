"""What a terminal is told of a recipe."""

from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotation.models import Author, Version
from training.models import Checkpoint, Evaluation, Run
from training.recipes import RECIPES, report
from training.recipes.stages import Pipeline, Recipe, Stage
from training.runs import launching

MakeRun = Callable[..., Run]


@pytest.fixture
def evaluated(make_run: MakeRun, make_checkpoint: Callable[..., Checkpoint], asked: Version) -> Run:
    recipe = make_run(kind="recipe", state="succeeded")
    run = make_run(kind="evaluate", parent=recipe, stage="evaluate", state="succeeded")
    judge = Author.objects.create(kind="judge", name="Rubric two")
    sft, rs = (make_checkpoint(f"{stage}-1", run=make_run(stage=stage)) for stage in ("sft", "rs"))
    shared = {"run": run, "judge": judge, "prompts": asked, "n": 300, "decoding": "sampled"}
    Evaluation.objects.create(checkpoint=sft, score=7.1, score_low=7.0, score_high=7.2, **shared)
    apart = {"difference": {"estimate": 0.97, "low": 0.9, "high": 1.04, "n": 300}}
    rates = {"win_rate": 0.7, "win_rate_low": 0.66, "win_rate_high": 0.74}
    Evaluation.objects.create(checkpoint=rs, baseline=sft, is_control=True, details=apart, **rates, **shared)
    return recipe


def test_the_table_names_stages_intervals_controls_and_the_judge(evaluated: Run) -> None:
    table = report.table(evaluated)
    assert "sft" in table
    assert "7.100 [7.000, 7.200]" in table
    assert "rs (control)" in table
    assert "0.700 [0.660, 0.740]" in table
    assert "+0.970 [+0.900, +1.040]" in table
    assert "Judge: Rubric two" in table


def test_reward_models_have_a_line_with_their_grades_and_their_curve(make_run: MakeRun) -> None:
    recipe = make_run(kind="recipe")
    grades = {"2": {"n": 4, "accuracy": 0.75, "longer": 0.5}}
    held_out = {"n": 4, "accuracy": 0.75, "longer": 0.5, "majority": 0.5, "by_grade": grades}
    curve = [{"n": 1, "score": 0.5, "prompts": 10, "error": 0.1}, {"n": 2, "score": 1.25, "prompts": 10}]
    make_run(kind="reward", parent=recipe, stage="rm", result={"figures": {"held_out": held_out}})
    make_run(kind="keep_best", parent=recipe, stage="best", result={"figures": {"best_of_n": curve}})
    assert list(report.rewards(recipe)) == [
        "rm: right on 0.750 [0.301, 0.954] of 4 held-out pairs; the longer response is right on 0.500",
        "  grade 2: 0.750 [0.301, 0.954] of 4 held-out pairs",
        "best: mean best reward of n over 10 prompts, 1: 0.500 [0.274, 0.726], 2: 1.250",
    ]


def test_news_are_told_once(make_run: MakeRun) -> None:
    recipe = make_run(kind="recipe")
    stage = make_run(parent=recipe, stage="sft")
    told: dict[str, str] = {}
    assert list(report.news(recipe, told)) == ["sft: queued"]
    assert list(report.news(recipe, told)) == []
    Run.objects.filter(pk=stage.pk).update(state="failed")
    assert list(report.news(recipe, told)) == ["sft: failed"]


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe("toy", "Toy", "For tests.", ("small",), lambda asked: Pipeline({}, (Stage("make", "create"),)))
    monkeypatch.setitem(RECIPES, "toy", recipe)


def ending(monkeypatch: pytest.MonkeyPatch, state: str, error: str = "") -> None:
    """A recipe ends in this state as soon as it is launched."""

    def end(run: Run) -> None:
        Run.objects.filter(pk=run.pk).update(state=state, error=error)

    monkeypatch.setattr(launching, "enqueue", end)
    monkeypatch.setattr("training.management.commands.run_recipe.LOOK_SECONDS", 0)


@pytest.mark.usefixtures("toy")
def test_the_command_waits_for_the_end(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, "succeeded")
    out = StringIO()
    call_command("run_recipe", "toy", "--wait", "--seed", "4", stdout=out)
    run = Run.objects.get()
    assert run.seed == 4
    assert f"Run {run.pk}: Toy small, seed 4." in out.getvalue()
    assert "It took" in out.getvalue()


@pytest.mark.usefixtures("toy")
def test_a_recipe_that_failed_ends_the_command_with_its_reason(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    ending(monkeypatch, "failed", "Stage sft failed.")
    with pytest.raises(CommandError, match="Stage sft failed"):
        call_command("run_recipe", "toy", "--wait", stdout=StringIO())


@pytest.mark.usefixtures("toy")
def test_an_unknown_recipe_or_scale_is_refused(db: Any) -> None:
    with pytest.raises(CommandError, match="There is no recipe"):
        call_command("run_recipe", "nothing")
    with pytest.raises(CommandError, match="toy has small"):
        call_command("run_recipe", "toy", "--scale", "large")
