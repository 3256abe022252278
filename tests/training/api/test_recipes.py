"""Recipes by REST: what there is, and starting one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from studio.accounts.models import User
from training.models import Run
from training.recipes import RECIPES
from training.recipes.stages import Pipeline, Recipe, Stage
from training.runs import forms
from training.specs import LARGE

Api = Callable[[User], APIClient]
RUNS = "/api/v1/recipes/toy/runs/"


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = Recipe(
        "toy", "Toy", "For tests.", ("small", "large"), lambda asked: Pipeline({}, (Stage("make", "create"),))
    )
    monkeypatch.setitem(RECIPES, "toy", recipe)


def test_an_outsider_and_an_annotator_see_nothing(outsider: Client, api: Api, ann: User) -> None:
    assert outsider.get("/api/v1/recipes/").status_code == 401
    assert api(ann).get("/api/v1/recipes/").status_code == 403


@pytest.mark.usefixtures("toy")
def test_every_recipe_is_listed_with_its_scales(api: Api, lea: User) -> None:
    listed = {row["name"]: row["scales"] for row in api(lea).get("/api/v1/recipes/").json()}
    assert listed["toy"] == ["small", "large"] and listed.keys() == RECIPES.keys()


@pytest.mark.usefixtures("toy")
def test_an_engineer_starts_a_recipe(api: Api, eli: User, sent: list[int]) -> None:
    answer = api(eli).post("/api/v1/recipes/toy/runs/", {"seed": 7})
    assert answer.status_code == 201, answer.data
    run = Run.objects.get(pk=answer.data["id"])
    assert (run.kind, run.name, run.seed, run.queue) == ("recipe", "Toy small, seed 7", 7, "cpu")
    assert run.spec["settings"]["scale"] == "small"
    assert sent == [run.pk]


@pytest.mark.usefixtures("toy")
def test_a_lead_starts_no_recipe(api: Api, lea: User) -> None:
    assert api(lea).post("/api/v1/recipes/toy/runs/", {}).status_code == 403


@pytest.mark.usefixtures("toy")
def test_an_unknown_scale_or_recipe_is_refused(api: Api, eli: User) -> None:
    wrong = api(eli).post("/api/v1/recipes/toy/runs/", {"scale": "gigantic"})
    assert wrong.data["errors"] == [{"field": "scale", "message": "toy has small, large."}]
    assert api(eli).post("/api/v1/recipes/nothing/runs/", {}).status_code == 404


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize("given", [{"seed": -1}, {"seed": LARGE}, {"seed": "many"}, {"name": "x" * 201}])
def test_what_cannot_be_started_is_refused_at_its_field_and_nothing_starts(
    api: Api, eli: User, given: dict[str, Any]
) -> None:
    answer = api(eli).post(RUNS, given)
    assert (answer.status_code, answer.data["errors"][0]["field"]) == (400, *given)
    assert not Run.objects.exists()


@pytest.mark.usefixtures("toy")
def test_a_recipe_is_started_under_the_name_and_at_the_scale_that_were_given(
    api: Api, eli: User, sent: list[int]
) -> None:
    made = Run.objects.get(pk=api(eli).post(RUNS, {"name": "Mine", "scale": "large"}).data["id"])
    assert (made.name, made.requested_by, made.spec["settings"]["scale"]) == ("Mine", eli, "large")


def test_an_unknown_recipe_is_answered_with_those_that_there_are(api: Api, eli: User) -> None:
    answer = api(eli).post("/api/v1/recipes/nothing/runs/", {})
    assert answer.status_code == 404 and "There are xwin" in str(answer.data)


@pytest.mark.usefixtures("toy")
def test_a_recipe_is_read_as_a_file_changed_and_started(api: Api, lea: User, eli: User, sent: list[int]) -> None:
    file = api(lea).get("/api/v1/recipes/toy/file/?scale=large").json()["file"]
    assert "scale: large" in file
    answer = api(eli).post("/api/v1/recipes/from-file/", {"file": file.replace("title: Toy", "title: Mine")})
    made = Run.objects.get(pk=answer.data["id"])
    assert (made.name, made.spec["recipe"]["title"], made.requested_by) == ("Mine from a file", "Mine", eli)


@pytest.mark.usefixtures("toy")
def test_a_file_with_a_fault_is_refused_with_its_place(api: Api, eli: User) -> None:
    file = api(eli).get("/api/v1/recipes/toy/file/").json()["file"]
    answer = api(eli).post("/api/v1/recipes/from-file/", {"file": file.replace("kind: create", "kind: creation")})
    (error,) = answer.data["errors"]
    assert (answer.status_code, error["field"]) == (400, "file")
    assert "stages[0] (make).kind" in error["message"]
    assert api(eli).get("/api/v1/recipes/toy/file/?scale=huge").status_code == 400
    assert not Run.objects.exists()


@pytest.mark.usefixtures("toy")
def test_only_who_trains_starts_from_a_file(outsider: Client, api: Api, ann: User, lea: User) -> None:
    for who, status in ((api(ann), 403), (api(lea), 403), (outsider, 401)):
        assert who.post("/api/v1/recipes/from-file/", {"file": "recipe: x"}).status_code == status
    assert api(ann).get("/api/v1/recipes/toy/file/").status_code == 403


def test_what_a_recipe_on_ones_own_model_needs_is_said_by_field(api: Api, eli: User) -> None:
    answer = api(eli).post("/api/v1/recipes/xwin/runs/", {"scale": "7b"})
    fields = {error["field"] for error in answer.data["errors"]}
    assert answer.status_code == 400 and {"given.base", "given.judge", "inputs.prompts"} <= fields


@pytest.fixture
def staged(toy: None, api: Api, eli: User, sent: list[int]) -> Run:
    """The run of a recipe's only stage, which failed."""
    whole = api(eli).post(RUNS, {}).data["id"]
    recipe = Run.objects.get(pk=whole)
    Run.objects.filter(pk=whole).update(state="failed")
    settings = forms.read("lm_eval", {"tasks": ["mmlu"]})
    recipe.spec["recipe"]["stages"] = [{"name": "make", "kind": "lm_eval", "settings": {"tasks": ["mmlu"]}}]
    recipe.save()
    spec = {"settings": settings, "outputs": {}}
    return Run.objects.create(
        kind="lm_eval", name="Make", spec=spec, queue="gpu", parent=recipe, stage="make", state="failed"
    )


def test_a_stage_is_run_again_and_what_is_wrong_stands_at_its_setting(api: Api, eli: User, staged: Run) -> None:
    at = f"/api/v1/recipes/stages/{staged.pk}/again/"
    refused = api(eli).post(at, {"settings": {"limit": "many"}})
    assert refused.data["errors"][0]["field"] == "settings.limit"
    # It starts from a checkpoint, which this recipe does not name.
    assert api(eli).post(at, {}).data["errors"][0]["field"] == "checkpoint"
    Run.objects.filter(pk=staged.pk).update(state="queued")
    assert api(eli).post(at, {}).data["errors"][0]["field"] == "run"
    assert api(eli).post("/api/v1/recipes/stages/999999999999999999999/again/", {}).status_code == 404


def test_stale_stages_are_told_with_why(api: Api, lea: User, staged: Run) -> None:
    at = f"/api/v1/recipes/runs/{staged.parent_id}/stale/"
    assert api(lea).get(at).json() == []
    staged.spec["stage"] = {"uses": {"gone": 7}}
    staged.save()
    (found,) = api(lea).get(at).json()
    assert (found["stage"], found["run"]["id"]) == ("make", staged.pk) and "made anew" in found["why"]
    assert api(lea).get(f"/api/v1/recipes/runs/{staged.pk}/stale/").status_code == 404


def test_only_who_trains_runs_a_stage_again_and_who_reads_sees_what_is_stale(
    outsider: Client, api: Api, ann: User, lea: User, staged: Run
) -> None:
    again, stale = f"/api/v1/recipes/stages/{staged.pk}/again/", f"/api/v1/recipes/runs/{staged.parent_id}/stale/"
    assert outsider.post(again, {}).status_code == 401 and outsider.get(stale).status_code == 401
    assert api(ann).get(stale).status_code == 403 and api(lea).post(again, {}).status_code == 403
