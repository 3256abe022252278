"""A stage that is run again: what was run before stays, and what follows is stale or is made anew."""

import pytest
from django.utils import timezone

from studio.accounts.models import User
from tests.training.recipes.stepping import break_down, children, state, succeed
from training.models import Checkpoint, Run
from training.recipes.again import again, stale_in
from training.recipes.orchestration import advance
from training.runs import launching, names
from training.runs.forms import FormInvalid
from training.worker import transitions

STAGES = ("create", "sft", "control", "sample")


@pytest.fixture
def done(recipe: Run) -> Run:
    """A recipe that succeeded."""
    advance(recipe.pk)
    for stage in STAGES:
        succeed(recipe, stage)
    recipe.refresh_from_db()
    return recipe


def stage(recipe: Run, name: str) -> Run:
    return recipe.stages.get(stage=name)


def refused(run: Run, field: str, downstream: bool = False, **settings: object) -> str:
    with pytest.raises(FormInvalid) as found:
        again(run, settings, downstream=downstream)
    assert found.value.errors.keys() == {field}
    return found.value.errors[field]


def test_the_new_run_has_the_settings_that_were_given_and_all_others_of_the_one_before(done: Run, eli: User) -> None:
    before = stage(done, "sft")
    whole = dict(before.spec["settings"])
    made = again(before, whole | {"learning_rate": "1e-3"}, by=eli)
    made.refresh_from_db()
    had, has = before.spec["settings"], made.spec["settings"]
    assert {name for name in has if has[name] != had[name]} == {"learning_rate"} and has["learning_rate"] == 1e-3
    assert made.spec["stage"]["changed"] == {"learning_rate": 1e-3}
    assert (made.checkpoint, made.parent, made.requested_by) == (before.checkpoint, done, eli)
    assert list(made.versions.all()) == list(before.versions.all())


def test_what_was_run_before_stays_with_what_it_made(done: Run) -> None:
    before = stage(done, "sft")
    made = Checkpoint.objects.get(run=before)
    again(before, {})
    before.refresh_from_db()
    assert before.state == "succeeded" and before.superseded_at and before.made_checkpoint == made
    assert stage(done, "sample").checkpoint == made
    assert not before.is_resumable


def test_the_second_run_makes_what_is_called_so(done: Run) -> None:
    second = again(stage(done, "sft"), {})
    succeed(done, "sft")
    assert names.short(second) == f"sft-{done.pk}-2" == Checkpoint.objects.get(run=second).name
    third = again(second, {})
    assert names.short(third) == f"sft-{done.pk}-3"


def test_the_recipe_goes_on_until_the_new_run_has_ended(done: Run, sent: list[str]) -> None:
    again(stage(done, "sft"), {})
    assert state(done) == "queued" and sent[-2:] == ["sft", "recipe"]
    advance(done.pk)
    assert (state(done), children(done)["sft"]) == ("running", "queued")
    succeed(done, "sft")
    assert state(done) == "succeeded" and len(children(done)) == len(STAGES)


def test_what_follows_is_stale_by_the_run_that_it_used_and_says_so(done: Run) -> None:
    assert stale_in(done) == {}
    before, middle = stage(done, "create"), stage(done, "sft")
    made = again(before, {})
    found = stale_in(done)
    assert list(found) == ["sft", "control", "sample"] and found["sft"].run == middle
    assert found["sft"].why == f"It used create of run {before.pk}, and create was run again as run {made.pk}."
    assert found["sample"].why == "It used control, which is stale. It used sft, which is stale."


def test_what_only_waited_for_a_stage_is_stale_too(done: Run) -> None:
    again(stage(done, "control"), {})
    assert list(stale_in(done)) == ["sample"]


def test_times_say_nothing_of_what_is_stale(done: Run) -> None:
    done.children.filter(stage="create").update(ended_at=timezone.now(), working_since=timezone.now())
    assert stale_in(done) == {}


def test_what_is_run_again_after_it_is_no_longer_stale(done: Run) -> None:
    again(stage(done, "control"), {})
    advance(done.pk)
    succeed(done, "control")
    again(stage(done, "sample"), {})
    assert stale_in(done) == {}


def test_with_what_follows_the_recipe_makes_it_anew_from_the_new_run(done: Run) -> None:
    again(stage(done, "sft"), {}, downstream=True)
    advance(done.pk)
    assert children(done) == {"create": "succeeded", "control": "succeeded", "sft": "queued"}
    succeed(done, "sft")
    sample = stage(done, "sample")
    assert sample.checkpoint == Checkpoint.objects.get(run=stage(done, "sft")) and sample.attempt == 2
    succeed(done, "sample")
    assert state(done) == "succeeded" and stale_in(done) == {}


def test_a_stage_made_anew_keeps_what_was_changed_in_it_before(done: Run) -> None:
    again(stage(done, "sample"), {"max_tokens": 7})
    advance(done.pk)
    succeed(done, "sample")
    again(stage(done, "sft"), {}, downstream=True)
    advance(done.pk)
    succeed(done, "sft")
    sample = stage(done, "sample")
    assert sample.spec["settings"]["max_tokens"] == 7 and sample.attempt == 3


def test_a_stage_that_failed_is_run_again_and_the_recipe_goes_on(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    succeed(recipe, "control")
    break_down(recipe, "sft")
    assert state(recipe) == "failed"
    again(stage(recipe, "sft"), {"micro_batch_size": 1})
    advance(recipe.pk)
    assert (state(recipe), recipe.error) == ("running", "")
    succeed(recipe, "sft")
    assert children(recipe)["sample"] == "queued"


def test_the_run_that_failed_before_is_not_resumed_with_the_recipe(recipe: Run) -> None:
    advance(recipe.pk)
    break_down(recipe, "create")
    before = stage(recipe, "create")
    again(before, {})
    advance(recipe.pk)
    before.refresh_from_db()
    assert before.state == "failed" and not launching.resume(before)
    assert children(recipe) == {"create": "queued"}


def test_settings_that_are_wrong_are_refused_by_name_and_nothing_changes(done: Run) -> None:
    before = stage(done, "sft")
    assert "is not above 0" in refused(before, "learning_rate", learning_rate=0)
    assert "There is no such setting" in refused(before, "sharpness", sharpness=1)
    before.refresh_from_db()
    assert before.superseded_at is None and state(done) == "succeeded" and done.children.count() == len(STAGES)


def test_what_has_not_ended_or_is_no_stage_is_refused(recipe: Run) -> None:
    advance(recipe.pk)
    assert "has not ended" in refused(stage(recipe, "create"), "run")
    assert "is no stage of a recipe" in refused(recipe, "run")


def test_a_run_that_another_stands_in_for_is_refused_and_named(done: Run) -> None:
    before = stage(done, "sft")
    made = again(before, {})
    assert f"Run {made.pk} stands in its place" in refused(before, "run")


def test_a_stage_waits_for_those_before_it(done: Run) -> None:
    again(stage(done, "sft"), {})
    assert "from sft, which has not succeeded yet" in refused(stage(done, "sample"), "run")


def test_what_follows_and_is_at_work_is_not_taken_away(done: Run) -> None:
    again(stage(done, "sample"), {})
    assert "sample has not ended" in refused(stage(done, "sft"), "downstream", downstream=True)
    assert again(stage(done, "sft"), {}).stage == "sft"


def test_what_followed_and_failed_is_made_anew_from_the_new_run(recipe: Run) -> None:
    advance(recipe.pk)
    succeed(recipe, "create")
    succeed(recipe, "control")
    break_down(recipe, "sft")
    failed = stage(recipe, "sft")
    made = again(stage(recipe, "create"), {})
    advance(recipe.pk)
    assert children(recipe) == {"create": "queued", "control": "succeeded"}
    failed.refresh_from_db()
    assert failed.state == "failed" and failed.superseded_at
    succeed(recipe, "create")
    assert stage(recipe, "sft").checkpoint == Checkpoint.objects.get(run=made)


def test_a_run_that_goes_on_meanwhile_is_not_superseded(recipe: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    advance(recipe.pk)
    break_down(recipe, "create")
    before = stage(recipe, "create")

    def resumed(*_: object) -> dict[str, object]:
        assert transitions.resume(before.pk)
        return {}

    monkeypatch.setattr("training.recipes.again.changed_by", resumed)
    assert "has gone on meanwhile" in refused(before, "run")
    before.refresh_from_db()
    assert before.superseded_at is None and recipe.children.count() == 1
