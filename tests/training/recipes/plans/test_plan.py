"""A plan of the recipe on given versions: what is known is said with what it rests on, the rest is left open."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.datasets import versions
from annotation.models import Version
from studio.accounts.models import User
from tests.annotation.making import prompt
from training.models import Checkpoint, Run
from training.recipes.plans.plan import planned_for
from training.runs.forms import FormInvalid

pytestmark = pytest.mark.django_db
WANTED: dict[str, Any] = {"recipe": "xwin", "scale": "7b", "seed": 0, "options": {"rounds": 1}}


@pytest.fixture
def llama(make_checkpoint: Callable[..., Checkpoint]) -> Checkpoint:
    return make_checkpoint("llama", parameters=7_000_000_000)


@pytest.fixture
def given() -> dict[str, Version]:
    asked = [prompt(f"What is {number} and four? {'x' * 180}") for number in range(30)]
    plain = [{"prompt_id": one.pk, "prompt": one.messages} for one in asked]
    taught = [row | {"response": "y" * 800} for row in plain]
    return {
        "demonstrations": versions.freeze_rows("lessons", "demonstrations", taught, {}),
        "prompts": versions.freeze_rows("asked", "prompts", plain[:20], {}),
        "held_out": versions.freeze_rows("held out", "prompts", plain[20:], {}),
    }


def test_every_figure_of_a_whole_recipe_is_there(llama: Checkpoint, given: dict[str, Version]) -> None:
    made = planned_for(WANTED | {"given": {"base": llama.pk}}, given)
    stages = {stage.name: stage for stage in made.stages}
    sft = stages["sft"]
    assert (sft.reads, sft.gpus) == (30, 8)
    assert sft.tokens == pytest.approx(30 * 3 * (800 + 200) / 4, rel=0.02)
    assert sft.gpu_hours and sft.gpu_memory and sft.disk
    assert stages["sft-samples"].makes == 6 * 4 + 14 * 64 + 10
    assert stages["preferences"].questions == 2 * 6 * 4
    assert made.total("gpu_hours") and made.most_memory and any("counted" in says for says in made.rests_on)


def test_what_is_not_given_is_left_open_and_nothing_starts(given: dict[str, Version]) -> None:
    made = planned_for(WANTED, {"prompts": given["prompts"]})
    assert {stage.name: stage.tokens for stage in made.stages}["sft"] is None
    assert made.total("gpu_hours") is None and made.total("dollars") is None
    assert "The model's size is not known." in " ".join(made.rests_on)
    assert not Run.objects.exists()


def test_a_judge_with_a_price_costs_and_a_program_costs_nothing(llama: Checkpoint, given: dict[str, Version]) -> None:
    judges = {"judge": "xwin_pair", "evaluator": "rubric_two"}
    made = planned_for(WANTED | {"given": {"base": llama.pk} | judges}, given)
    dollars = {stage.name: stage.dollars for stage in made.stages}
    assert dollars["preferences"] and dollars["preferences"] > 0
    assert dollars["evaluation"] == 0 and dollars["sft"] is None


def test_an_option_that_is_none_is_refused() -> None:
    with pytest.raises(FormInvalid, match="rounds"):
        planned_for(WANTED | {"options": {"rounds": 99}}, {})


def test_it_is_asked_for_by_rest(
    api: Callable[[User], APIClient], eli: User, lea: User, outsider: Client, llama: Checkpoint, given: Any
) -> None:
    inputs = {name: version.pk for name, version in given.items()}
    asked = {"scale": "7b", "given": {"base": "llama"}, "inputs": inputs}
    answer = api(eli).post("/api/v1/recipes/xwin/plan/", asked)
    assert answer.status_code == 200, answer.data
    assert next(stage for stage in answer.data["stages"] if stage["name"] == "sft")["gpu_hours"] > 0
    assert api(eli).post("/api/v1/recipes/xwin/plan/", {"scale": "huge"}).status_code == 400
    assert api(lea).post("/api/v1/recipes/xwin/plan/", asked).status_code == 403
    assert outsider.post("/api/v1/recipes/xwin/plan/", asked).status_code == 401


def test_it_stands_on_the_page_before_the_start(
    signed_in: Callable[[User], Client], eli: User, llama: Checkpoint, given: dict[str, Version]
) -> None:
    chosen = {f"input_{name}": version.pk for name, version in given.items()}
    answer = signed_in(eli).post("/recipes/xwin/new/?scale=7b", chosen | {"given_base": llama.pk, "plan": "1"})
    html = answer.content.decode()
    assert answer.status_code == 200 and "GPU hours" in html and "Whole" in html
    assert not Run.objects.exists()
    bare = signed_in(eli).post("/recipes/xwin/new/?scale=7b", {"plan": "1"})
    assert bare.status_code == 200 and "GPU hours" in bare.content.decode()
    assert signed_in(eli).post("/recipes/xwin/new/", {"plan": "1", "option_rounds": "99"}).status_code == 422
