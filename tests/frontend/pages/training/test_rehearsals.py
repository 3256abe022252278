"""Rehearsing a recipe and trying ten steps of a training, from their pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from annotation.datasets import versions
from annotation.models import Version
from studio.accounts.models import User
from tests.annotation.making import author, prompt
from training.models import Checkpoint, Run
from training.recipes.rehearsals.estimate import estimate
from training.runs import launching

pytestmark = pytest.mark.django_db

TOY = "/recipes/xwin/new/?scale=trial"
JUDGES = {"given_judge": "rubric_one", "given_evaluator": "rubric_two", "option_rounds": "1"}
TOLD = {"stage": "sft", "took": 21.0, "steps": 10, "seconds_a_step": 0.5, "peak_memory": {"host": 3 * 2**30}}


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    kinds: list[str] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: kinds.append(run.kind))
    return kinds


@pytest.fixture
def base() -> Checkpoint:
    return Checkpoint.objects.create(name="llama", kind="policy", author=author("llama"), path="/models/llama")


@pytest.fixture
def lessons() -> Version:
    asked = prompt("What is a lesson?")
    rows = [{"prompt_id": asked.pk, "prompt": asked.messages, "response": "Hi. " * n} for n in range(1, 101)]
    return versions.freeze_rows("lessons", "demonstrations", rows, {})


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_a_rehearsal_asks_is_said_before_it_begins(engineer: Client, sent: list[str]) -> None:
    html = engineer.post(TOY, {"look": "1"}).content.decode()
    assert "It asks no judge that costs anything" in html and 'name="rehearse"' in html and not sent
    asked = {"look": "1", "given_judge": "xwin_pair", "given_evaluator": "rubric_two"}
    html = engineer.post(TOY, asked).content.decode()
    # Three pairs in both orders, for preferences and for the fresh ones.
    assert "It asks 12 questions of judges, about $0." in html


def test_a_rehearsal_is_a_run_that_offers_the_recipe_when_it_went_well(engineer: Client, sent: list[str]) -> None:
    assert engineer.post(TOY, JUDGES | {"rehearse": "1", "seed": "4"}).status_code == 302
    found = Run.objects.get()
    assert (found.kind, found.queue, found.name) == ("rehearsal", "gpu", "Rehearsal of Xwin trial, seed 4")
    assert sent == ["rehearsal"] and "rehearsed/start" not in page(engineer, f"/runs/{found.pk}/")
    Run.objects.filter(pk=found.pk).update(state="succeeded", result={"stages": [TOLD]})
    html = page(engineer, f"/runs/{found.pk}/")
    assert "3.0 GB of the machine" in html.replace("\xa0", " ") and "Start Xwin" in html and "waits" in html
    engineer.post(f"/runs/{found.pk}/rehearsed/start/")
    started = Run.objects.get(kind="recipe")
    assert started.seed == 4 and started.spec["settings"]["scale"] == "trial"


def test_a_trap_stands_at_its_stage(engineer: Client) -> None:
    engineer.post(TOY, JUDGES | {"rehearse": "1"})
    found = Run.objects.get()
    trap = {"stage": "create", "took": 2.0, "error": "No space left on the disk"}
    Run.objects.update(state="failed", result={"stages": [trap]}, error="Stage create would fail: No space left")
    html = page(engineer, f"/runs/{found.pk}/")
    assert "No space left on the disk" in html and "rehearsed/start" not in html


def test_ten_steps_are_tried_with_the_settings_of_the_form_and_then_launched(
    engineer: Client, base: Checkpoint, lessons: Version
) -> None:
    form = {
        "checkpoint": base.pk,
        "input_train": lessons.pk,
        "batch_size": "4",
        "epochs": "2",
        "learning_rate": "1e-4",
    }
    form |= {"template": "vicuna", "gpus": "0", "precision": "fp32", "micro_batch_size": "4"}
    assert engineer.post("/runs/new/sft/", form | {"steps": "1"}).status_code == 302
    found = Run.objects.get()
    settings = found.spec["settings"]
    assert (found.kind, settings["steps"], settings["rows"], settings["gpus"]) == ("rehearsal", 10, 40, 0)
    assert found.name == "First 10 steps of SFT from llama" and list(found.versions.all()) == [lessons]
    whole = estimate(found, TOLD)
    # 100 rows twice in batches of 4; the forty longest rows are longer than all are in the mean.
    assert whole["steps"] == 50 and whole["at_most"] == 25.0 > whole["seconds"] > 10
    Run.objects.update(state="succeeded", result={"stages": [TOLD], "estimate": whole})
    html = page(engineer, f"/runs/{found.pk}/")
    assert "Launch SFT" in html and "Seconds a step" in html and "All of it" in html
    engineer.post(f"/runs/{found.pk}/rehearsed/start/")
    launched = Run.objects.get(kind="sft")
    assert launched.checkpoint == base and list(launched.versions.all()) == [lessons]
    assert (launched.spec["settings"]["max_steps"], launched.spec["settings"]["learning_rate"]) == (-1, 1e-4)


def test_what_is_wrong_with_a_training_stands_at_its_field_before_any_step(engineer: Client, base: Checkpoint) -> None:
    answer = engineer.post("/runs/new/sft/", {"checkpoint": base.pk, "steps": "1", "learning_rate": "7"})
    assert answer.status_code == 422 and not Run.objects.exists()


def test_only_a_training_has_first_steps(api: Callable[[User], Any], eli: User, lea: User, lessons: Version) -> None:
    at = "/api/v1/recipes/first-steps/"
    refused = api(eli).post(at, {"kind": "sample", "inputs": {"prompts": lessons.pk}})
    assert refused.status_code == 400 and "Only a training" in refused.data["errors"][0]["message"]
    assert api(lea).post(at, {"kind": "sft"}).status_code == 403


def test_a_recipe_is_rehearsed_and_started_by_api(api: Callable[[User], Any], eli: User, lea: User) -> None:
    made = api(eli).post("/api/v1/recipes/xwin/runs/", {"scale": "trial", "rehearse": True})
    assert made.status_code == 201 and made.data["kind"] == "rehearsal"
    plan = api(eli).post("/api/v1/recipes/xwin/plan/", {"scale": "trial", "given": {"judge": "xwin_pair"}}).json()
    assert plan["rehearsal"]["questions"] == 12 and plan["rehearsal"]["dollars"] > 0
    at = f"/api/v1/recipes/rehearsals/{made.data['id']}/start/"
    assert api(lea).post(at).status_code == 403
    assert api(eli).post(at).data["kind"] == "recipe"
