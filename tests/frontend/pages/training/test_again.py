"""Running a stage of a recipe again from its page, and what the graph says of what follows."""

from typing import Any

import pytest
from django.test import Client

from tests.frontend.machines import checkpoint, run
from training.models import Run
from training.runs import forms, launching

pytestmark = pytest.mark.django_db

FILE = {
    "recipe": "mine",
    "title": "Mine",
    "needs": {"base": {"kind": "policy"}},
    "stages": [
        {"name": "tuned", "kind": "lm_eval", "starts_from": "base", "settings": {"tasks": ["arc_easy"]}},
        {
            "name": "rest",
            "kind": "lm_eval",
            "starts_from": "base",
            "after": ["tuned"],
            "settings": {"tasks": ["mmlu"]},
        },
    ],
}


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    kinds: list[str] = []
    monkeypatch.setattr(launching, "enqueue", lambda run: kinds.append(run.kind))
    return kinds


def stage(recipe: Run, name: str, base: Any, tasks: list[str], uses: dict[str, int]) -> Run:
    spec = {"settings": forms.read("lm_eval", {"tasks": tasks, "limit": 9}), "outputs": {}, "stage": {"uses": uses}}
    return run("lm_eval", parent=recipe, stage=name, state="succeeded", checkpoint=base, spec=spec)


@pytest.fixture
def tuned() -> Run:
    base = checkpoint("base")
    spec = {"settings": {"given": {"base": base.pk}}, "outputs": {}, "recipe": FILE}
    recipe = run("recipe", state="succeeded", spec=spec, queue="cpu")
    made = stage(recipe, "tuned", base, ["arc_easy"], {})
    stage(recipe, "rest", base, ["mmlu"], {"tuned": made.pk})
    return made


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def posted(html_of: Run, **changed: str) -> dict[str, str]:
    kept = {"tasks": ", ".join(html_of.spec["settings"]["tasks"]), "limit": "9", "num_fewshot": ""}
    return kept | changed


def test_the_graph_leads_to_a_form_with_the_settings_that_the_stage_had(engineer: Client, tuned: Run) -> None:
    at = f"/runs/{tuned.pk}/again/"
    assert at in page(engineer, f"/runs/{tuned.parent_id}/") and at in page(engineer, f"/runs/{tuned.pk}/")
    html = page(engineer, at)
    assert 'value="arc_easy"' in html and 'value="9"' in html and "Run what follows again too" in html


def test_a_stage_is_run_again_and_the_graph_says_what_is_stale_and_why(engineer: Client, tuned: Run) -> None:
    answer = engineer.post(f"/runs/{tuned.pk}/again/", posted(tuned, limit="5"))
    assert answer.status_code == 302
    recipe = tuned.parent
    assert recipe
    made = recipe.stages.get(stage="tuned")
    assert made.spec["settings"]["limit"] == 5 and made.requested_by
    html = page(engineer, f"/runs/{recipe.pk}/")
    why = f"It used tuned of run {tuned.pk}, and tuned was run again as run {made.pk}."
    assert why in html and "Run before" in html and "tuned · 2" in html
    assert "another run stands in its place" in page(engineer, f"/runs/{tuned.pk}/")
    assert engineer.get(f"/runs/{tuned.pk}/again/").status_code == 404


def test_what_follows_is_run_again_where_somebody_ticks_it(engineer: Client, tuned: Run) -> None:
    engineer.post(f"/runs/{tuned.pk}/again/", posted(tuned) | {"downstream": "on"})
    recipe = tuned.parent
    assert recipe and list(recipe.stages.values_list("stage", flat=True)) == ["tuned"]
    assert "stale" not in page(engineer, f"/runs/{recipe.pk}/")


def test_what_is_wrong_stands_at_its_field_and_nothing_is_run(engineer: Client, tuned: Run) -> None:
    answer = engineer.post(f"/runs/{tuned.pk}/again/", posted(tuned, limit="many"))
    assert answer.status_code == 422 and "“many” is not a number" in answer.content.decode()
    assert Run.objects.filter(stage="tuned").count() == 1


def test_an_emptied_field_is_a_default_again(engineer: Client, tuned: Run) -> None:
    engineer.post(f"/runs/{tuned.pk}/again/", posted(tuned, limit=""))
    made = Run.objects.get(stage="tuned", superseded_at=None)
    default = next(field.default for field in forms.fields("lm_eval") if field.name == "limit")
    assert made.pk != tuned.pk and made.spec["settings"]["limit"] == default


def test_a_run_that_is_no_stage_has_no_such_page(engineer: Client) -> None:
    alone = run("lm_eval", state="succeeded")
    assert engineer.get(f"/runs/{alone.pk}/again/").status_code == 404


def test_the_pages_of_a_recipe_ask_as_much_with_two_stages_as_with_many_runs_before(
    engineer: Client, tuned: Run, django_assert_max_num_queries: Any
) -> None:
    for _ in range(5):
        run("lm_eval", parent=tuned.parent, stage="tuned", state="failed", superseded_at="2026-01-01T00:00Z")
    with django_assert_max_num_queries(24):
        engineer.get(f"/runs/{tuned.parent_id}/")
    with django_assert_max_num_queries(20):
        engineer.get(f"/runs/{tuned.pk}/again/")
