"""Two recipes side by side, stage by stage, by page and API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studio.accounts.models import User
from tests.frontend.machines import checkpoint, evaluation, run, version
from training.models import Metric, Run
from training.recipes.comparison import ComparedStage, compared
from training.runs import forms

pytestmark = pytest.mark.django_db

MEASURED = {"train_loss": 1.25, "held_out": {"n": 90, "loss": 0.4, "accuracy": 0.8}}


def stage(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "starts_from": "base", **fields}


def recipe(*stages: dict[str, Any]) -> Run:
    file = {"recipe": "mine", "title": "Mine", "needs": {"base": {"kind": "policy"}}, "stages": list(stages)}
    return run("recipe", state="succeeded", spec={"settings": {"given": {}}, "outputs": {}, "recipe": file})


def made(of: Run, name: str, kind: str, uses: dict[str, int] | None = None, **fields: Any) -> Run:
    given = fields.pop("given", {})
    spec = {"settings": forms.read(kind, given), "outputs": {}, "stage": {"uses": uses or {}}}
    return run(kind, parent=of, stage=name, state="succeeded", spec=spec, **fields)


@pytest.fixture
def both() -> tuple[Run, Run]:
    """The second has another rate, no reward model yet, and a stage more."""
    first = recipe(stage("rm", "reward"), stage("sft", "sft"))
    second = recipe(stage("rm", "reward"), stage("sft", "sft"), stage("dpo", "dpo", starts_from="sft"))
    made(first, "rm", "reward", result={"figures": MEASURED})
    sft = made(first, "sft", "sft", uses={"rm": 0}, worked_seconds=7200, started_at="2026-01-01T00:00Z")
    Metric.objects.bulk_create(Metric(run=sft, name="num_tokens", step=step, value=step * 500.0) for step in (1, 2))
    made(second, "sft", "sft", given={"learning_rate": 1e-3})
    return first, second


def by_name(first: Run, second: Run) -> dict[str, ComparedStage]:
    return {one.name: one for one in compared(first, second)}


def test_settings_that_differ_stand_beside_each_other_and_no_others(both: tuple[Run, Run]) -> None:
    (differing,) = by_name(*both)["sft"].differing
    assert (differing.name, differing.first, differing.second) == ("learning_rate", 2e-5, 1e-3)


def test_figures_have_their_intervals(both: tuple[Run, Run]) -> None:
    first = by_name(*both)["rm"].first
    assert first
    found = {one.name: one for one in first.figures}
    right = found["held-out accuracy"]
    assert (found["loss"].value, found["held-out loss"].value, right.n) == (1.25, 0.4, 90)
    assert right.low and right.high and right.low < right.value == 0.8 < right.high


def test_tokens_and_hours_are_those_of_the_whole_stage(both: tuple[Run, Run]) -> None:
    first = by_name(*both)["sft"].first
    assert first and {one.name: one.value for one in first.figures} == {"tokens": 1000.0, "hours": 2.0}


def test_win_rates_stand_at_the_stage_that_evaluated(both: tuple[Run, Run], prompts: Any) -> None:
    first, second = both
    judged = recipe(stage("trial", "lm_eval"))
    trial = made(judged, "trial", "lm_eval", given={"tasks": ["mmlu"]})
    ours, theirs = checkpoint("ours"), checkpoint("theirs")
    evaluation(ours, theirs, version(prompts), rate=(0.6, 0.5, 0.7), run=trial)
    found = by_name(judged, second)["trial"].first
    assert found
    (won,) = found.figures
    assert (won.name, won.value, won.low, won.high) == ("ours against theirs wins, sampled", 0.6, 0.5, 0.7)


def test_what_is_missing_not_launched_or_stale_is_told_apart(both: tuple[Run, Run]) -> None:
    found = by_name(*both)
    assert list(found) == ["rm", "sft", "dpo"]
    assert found["dpo"].first is None and found["dpo"].second and found["dpo"].second.run is None
    assert found["rm"].second and found["rm"].second.run is None and found["rm"].differing == ()
    assert found["sft"].first and "was run again" in found["sft"].first.stale


def test_the_page_and_the_api_say_the_same(
    both: tuple[Run, Run], signed_in: Callable[[User], Client], api: Callable[[User], Any], lea: User, ann: User
) -> None:
    first, second = both
    at = f"?first={first.pk}&second={second.pk}"
    html = signed_in(lea).get(f"/recipes/compare/{at}").content.decode()
    assert "Learning rate" in html and "80.0 %" in html and "no such stage" in html and "not launched" in html
    assert "stale" in html and "2 h" in html.replace("\xa0", " ")
    told = {row["name"]: row for row in api(lea).get(f"/api/v1/recipes/compare/{at}").json()}
    assert told["sft"]["differing"] == [{"name": "learning_rate", "first": 2e-5, "second": 1e-3}]
    assert told["dpo"]["first"] is None and told["rm"]["first"]["figures"][2]["unit"] == "share"
    assert "Choose two runs" in signed_in(lea).get("/recipes/compare/?first=1").content.decode()
    assert api(lea).get("/api/v1/recipes/compare/?first=x").status_code == 404
    assert api(ann).get(f"/api/v1/recipes/compare/{at}").status_code == 403


def test_a_recipe_of_many_stages_asks_no_more(both: tuple[Run, Run], django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(6):
        compared(*both)
    many = recipe(*(stage(f"s{number}", "sft") for number in range(10)))
    for number in range(10):
        made(many, f"s{number}", "sft")
    with django_assert_num_queries(6):
        compared(many, both[1])
