"""Who may set which priority, and of what."""

from collections.abc import Callable

import pytest

from studio.accounts.models import User
from training.models import Run
from training.runs import priorities
from training.runs.forms import FormInvalid

MakeRun = Callable[..., Run]


def priority(run: Run) -> str:
    run.refresh_from_db()
    return run.priority


def test_whoever_launches_sets_low_and_normal_and_an_admin_high(make_run: MakeRun, eli: User, ada: User) -> None:
    run = make_run()
    assert priorities.change(run, "low", eli) and priority(run) == "low"
    with pytest.raises(FormInvalid, match="Only an admin may set high"):
        priorities.change(run, "high", eli)
    assert priorities.change(run, "high", ada) and priority(run) == "high"
    assert priorities.change(run, "normal", eli) and priority(run) == "normal"


@pytest.mark.parametrize("unknown", ["", "urgent", "HIGH"])
def test_there_are_three(make_run: MakeRun, unknown: str) -> None:
    with pytest.raises(FormInvalid, match="it is low, normal, high"):
        priorities.change(make_run(), unknown)


def test_what_begins_to_run_keeps_what_it_had(make_run: MakeRun) -> None:
    run = make_run(state="failed")
    assert not priorities.change(run, "low") and priority(run) == "normal"
    assert not priorities.may_change(run)


def test_that_of_an_open_recipe_is_that_of_its_stages_which_wait(make_run: MakeRun) -> None:
    recipe = make_run(kind="recipe", queue="cpu", state="running")
    waits, ended = make_run(parent=recipe, stage="a"), make_run(parent=recipe, stage="b", state="succeeded")
    assert priorities.may_change(recipe) and priorities.change(recipe, "low")
    assert [priority(run) for run in (recipe, waits, ended)] == ["low", "low", "normal"]


def test_it_is_offered_to_those_who_may(eli: User, ada: User) -> None:
    assert [value for value, _ in priorities.offered(eli)] == ["normal", "low"]
    assert [value for value, _ in priorities.offered(ada)] == ["normal", "low", "high"]
