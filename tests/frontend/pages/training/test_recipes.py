"""Starting a recipe from its page: on one's own model, with what is there already, and from a file."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation.datasets import versions
from annotation.models import Version
from studio.accounts.models import User
from tests.annotation.making import author, prompt
from tests.conftest import HERE
from training.models import Checkpoint, Run
from training.recipes import RECIPES
from training.recipes.stages import Pipeline, Recipe, Stage
from training.runs import launching

pytestmark = pytest.mark.django_db

OWN = "/recipes/xwin/new/?scale=7b"
JUDGES = {"given_judge": "rubric_one", "given_evaluator": "rubric_two", "option_rounds": "0"}
MINE = """
recipe: mine
title: Mine
needs: {base: {kind: policy}, train: {kind: demonstrations}}
stages:
  - {name: tuned, kind: sft, starts_from: base, inputs: {train: train}}
"""


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kinds of the runs whose messages were sent."""
    kinds: list[str] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: kinds.append(run.kind))
    return kinds


@pytest.fixture
def base() -> Checkpoint:
    return Checkpoint.objects.create(name="llama", kind="policy", author=author("llama"), path="/models/llama")


def version(name: str, kind: str) -> Version:
    asked = prompt(f"What is {name}?")
    rows = [{"prompt_id": asked.pk, "prompt": asked.messages, "response": "Hello."}]
    return versions.freeze_rows(name, kind, rows, {})


@pytest.fixture
def given(base: Checkpoint) -> dict[str, Any]:
    """All that Xwin needs on one's own model, as its form sends it."""
    chosen = {"input_demonstrations": "demonstrations", "input_prompts": "prompts", "input_held_out": "prompts"}
    made = {name: version(name, kind).pk for name, kind in chosen.items()}
    return made | JUDGES | {"given_base": base.pk, "seed": "3"}


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_recipe_on_ones_own_model_asks_for_all_that_it_needs(engineer: Client) -> None:
    html = engineer.get(OWN).content.decode()
    for name in ("input_demonstrations", "input_prompts", "input_held_out", "given_base", "given_judge"):
        assert f'name="{name}"' in html
    assert "7B on eight GPUs" in html and 'name="given_sft"' in html


def test_the_toy_asks_for_nothing_that_it_makes_itself(engineer: Client) -> None:
    answer = engineer.get("/recipes/xwin/new/")
    assert [bound.name for bound in answer.context["form"].needed] == ["given_judge", "given_evaluator"]


def test_it_starts_with_what_was_chosen(engineer: Client, given: dict[str, Any], base: Checkpoint) -> None:
    answer = engineer.post(OWN, given)
    assert answer.status_code == 302, answer.context["form"].errors
    run = Run.objects.get()
    chosen = run.spec["settings"]
    assert (chosen["scale"], run.seed, chosen["given"]["base"]) == ("7b", 3, base.pk)
    assert chosen["options"] == {"rounds": "0", "controls": False}
    assert {row.name for row in run.run_versions.all()} == {"demonstrations", "prompts", "held_out"}


def test_what_is_missing_is_said_at_each_field_and_nothing_starts(engineer: Client) -> None:
    answer = engineer.post(OWN, JUDGES)
    wanted = {"input_demonstrations", "input_prompts", "input_held_out", "given_base"}
    assert answer.status_code == 422 and wanted <= answer.context["form"].errors.keys()
    assert not Run.objects.exists()


def test_a_model_that_is_there_already_makes_what_its_stage_needs_needless(
    engineer: Client, given: dict[str, Any], base: Checkpoint
) -> None:
    left_out = ("input_demonstrations", "given_base")
    asked = {name: value for name, value in given.items() if name not in left_out}
    assert engineer.post(OWN, asked | {"given_sft": base.pk}).status_code == 302
    assert Run.objects.get().spec["settings"]["given"].keys() == {"sft", "judge", "evaluator"}


def test_an_option_is_refused_at_its_field_and_a_scale_that_there_is_not_is_no_page(engineer: Client) -> None:
    answer = engineer.post("/recipes/xwin/new/", JUDGES | {"option_rounds": "99"})
    assert answer.status_code == 422 and not Run.objects.exists()
    assert engineer.get("/recipes/xwin/new/?scale=huge").status_code == 404


def test_a_file_is_checked_then_asks_for_what_it_needs_then_starts(engineer: Client, base: Checkpoint) -> None:
    checked = engineer.post("/recipes/new/", {"file": SimpleUploadedFile("mine.yaml", MINE.encode())})
    assert checked.status_code == 200 and 'name="given_base"' in checked.content.decode()
    assert not Run.objects.exists()
    text = checked.context["text"]
    train = version("lessons", "demonstrations").pk
    engineer.post("/recipes/new/", {"text": text, "start": "1", "given_base": base.pk, "input_train": train})
    assert Run.objects.get().name == "Mine from a file"


@pytest.mark.parametrize("text", ["", "nothing", MINE.replace("kind: sft", "kind: shift")])
def test_a_file_with_a_fault_is_refused_where_it_was_written(engineer: Client, text: str) -> None:
    answer = engineer.post("/recipes/new/", {"text": text})
    assert answer.status_code == 422 and answer.context["form"].errors["text"]


def test_a_recipe_and_a_run_of_one_are_taken_away_as_files(engineer: Client, given: dict[str, Any]) -> None:
    engineer.post(OWN, given)
    run = Run.objects.get()
    assert f"/runs/{run.pk}/recipe/" in engineer.get(f"/runs/{run.pk}/").content.decode()
    for path in ("/recipes/xwin/file/?scale=7b", f"/runs/{run.pk}/recipe/"):
        answer = engineer.get(path)
        assert answer.headers["Content-Disposition"].endswith('.yaml"')
        assert "kind: dpo" in answer.content.decode()
    assert engineer.get("/recipes/xwin/file/?scale=huge").status_code == 404
    assert engineer.get("/recipes/none/file/").status_code == 404


def test_who_does_not_train_starts_nothing(
    signed_in: Callable[[User], Client], lea: User, ann: User, outsider: Client
) -> None:
    for path in ("/recipes/xwin/new/", "/recipes/new/", "/recipes/xwin/file/"):
        assert signed_in(lea).get(path).status_code == 403 == signed_in(ann).get(path).status_code
        assert outsider.get(f"/projects/tests{path}").status_code == 302
    assert signed_in(ann).get("/runs/1/recipe/").status_code == 403


@pytest.fixture
def recipe(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    stages = (Stage("create", "create"), Stage("sft", "sft", starts_from="create"))
    toy = Recipe("xwin", "Toy", "What it is.", ("small", "large"), lambda asked: Pipeline({}, stages))
    monkeypatch.setitem(RECIPES, "xwin", toy)
    return toy


def test_a_recipe_is_shown_stage_by_stage_before_it_starts(engineer: Client, recipe: Recipe) -> None:
    html = page(engineer, "/recipes/xwin/new/")
    assert "What it is." in html and "Start Toy" in html and html.count('class="stage"') == 2


def test_every_recipe_has_its_page_and_its_button(
    engineer: Client, recipe: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(RECIPES, "another", replace(recipe, name="another", description="Of somebody else."))
    assert "/recipes/another/new/" in page(engineer, "/runs/")
    assert "Of somebody else." in page(engineer, "/recipes/another/new/")
    engineer.post("/recipes/another/new/", {"seed": "1"})
    assert Run.objects.get().spec["settings"]["recipe"] == "another"
    assert engineer.get("/recipes/none/new/").status_code == 404


def test_a_recipe_starts_with_its_seed_and_scale(engineer: Client, recipe: Recipe, sent: list[str]) -> None:
    response = engineer.post("/recipes/xwin/new/?scale=large", {"seed": "7"})
    run = Run.objects.get()
    assert response.headers["Location"] == f"{HERE}/runs/{run.pk}/"
    assert (run.spec["settings"]["scale"], run.seed, sent) == ("large", 7, ["recipe"])


def test_a_seed_that_is_none_starts_nothing(engineer: Client, recipe: Recipe) -> None:
    assert engineer.post("/recipes/xwin/new/", {"seed": "-1"}).status_code == 422
    assert not Run.objects.exists()


def test_a_recipe_of_the_studio_is_opened_as_a_file_to_be_changed(engineer: Client) -> None:
    at = "/recipes/new/?recipe=xwin&amp;scale=7b"
    assert at in page(engineer, OWN)
    html = page(engineer, at.replace("&amp;", "&"))
    assert "learning_rate: 2.0e-05" in html and "name: fresh-rm" in html
    assert "learning_rate" not in page(engineer, "/recipes/new/?recipe=none&scale=7b")
