"""A stage of a recipe is run again with other settings.

What was run before stays, with all that it made: it is superseded. What follows the stage is run again too where
somebody asks for that, or where it has failed or was cancelled; else it stays, and is stale.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction

from studio.accounts.models import User
from training.models import Run
from training.recipes import orchestration
from training.recipes.stages import Stage
from training.recipes.stale import Stale, stale
from training.runs import forms, launching
from training.runs.forms import FormInvalid
from training.worker import transitions


class NoStage(FormInvalid):
    def __init__(self, run: Run) -> None:
        super().__init__({"run": f"{run} is no stage of a recipe. Launch it anew from its form."})


@transaction.atomic
def again(run: Run, settings: Mapping[str, Any], *, downstream: bool = False, by: User | None = None) -> Run:
    """The new run of the stage, of its settings with these; with `downstream`, what follows is launched after it.

    Raises FormInvalid; then nothing was changed.
    """
    recipe = recipe_of(run)
    orchestration.take_turn(recipe.pk)
    recipe.refresh_from_db()
    run.refresh_from_db()
    stages, children = orchestration.pipeline_of(recipe).stages, orchestration.children_of(recipe)
    stage = stage_of(run, stages)
    behind = [children[name] for name in following(stages, stage.name) if name in children]
    # What has not succeeded would go on from what was made before: the recipe makes it from what is made now.
    followers = behind if downstream else [child for child in behind if child.state in Run.RESUMABLE]
    if errors := refusals(recipe, run, stage, children) | open_followers(followers):
        raise FormInvalid(errors)
    changed = changed_by(run, settings)
    going = [run, *followers]
    if transitions.supersede([one.pk for one in going]) < len(going):
        raise FormInvalid(
            {"run": f"{run}, or what follows it, has gone on meanwhile. Look at the recipe, then try again."}
        )
    left = {name: child for name, child in children.items() if child not in going}
    made = orchestration.launch(recipe, stage, left, changed, by)
    if transitions.reopen(recipe.pk):
        launching.enqueue(recipe)
    return made


def recipe_of(run: Run) -> Run:
    """Raises FormInvalid."""
    if run.parent is None or "recipe" not in run.parent.spec:
        raise NoStage(run)
    return run.parent


def stage_of(run: Run, stages: Sequence[Stage]) -> Stage:
    """Raises FormInvalid, also where its recipe knows no stage of this name."""
    for stage in stages:
        if stage.name == run.stage:
            return stage
    raise NoStage(run)


def following(stages: Sequence[Stage], name: str) -> list[str]:
    """The stages that take something from it, by whatever way, in their order."""
    found: list[str] = []
    for stage in stages:
        if stage.uses & {name, *found}:
            found.append(stage.name)
    return found


def refusals(recipe: Run, run: Run, stage: Stage, children: Mapping[str, Run]) -> dict[str, str]:
    if run.superseded_at is not None:
        present = children.get(stage.name)
        where = (
            f"Run {present.pk} stands in its place: run that one again." if present else "The recipe makes it anew."
        )
        return {"run": f"This stage was run again already. {where}"}
    if run.is_open:
        return {"run": f"{run} has not ended. Stop it first, or wait for its end."}
    if recipe.is_open and recipe.cancel_requested_at:
        return {"run": "The recipe is being stopped. Wait until it has stopped."}
    used = [children[name] for name in sorted(stage.uses) if name in children]
    unready = [child.stage for child in used if not orchestration.is_done(child)]
    if unready:
        return {"run": f"It takes something from {' and '.join(unready)}, which has not succeeded yet."}
    return {}


def open_followers(followers: Iterable[Run]) -> dict[str, str]:
    at_work = " and ".join(child.stage for child in followers if child.is_open)
    if not at_work:
        return {}
    return {"downstream": f"{at_work} has not ended. Stop it first, or leave what follows as it is."}


def changed_by(run: Run, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All that is not as the recipe has it: what was changed before, and what is changed now. Raises FormInvalid."""
    # One that was launched before the studio knew its settings by other names has some that there are no more.
    known = {field.name for field in forms.fields(run.kind)}
    had = {name: value for name, value in run.spec["settings"].items() if name in known}
    read, errors = forms.checked(run.kind, had | dict(settings))
    if errors:
        raise FormInvalid(errors)
    # As a database of JSON keeps it: a tuple is a list there.
    read = msgspec.json.decode(msgspec.json.encode(read))
    now = {name: read[name] for name in settings if read[name] != had.get(name)}
    return {**orchestration.changed_in(run), **now}


def stale_in(recipe: Run) -> dict[str, Stale]:
    """The stale stages of a recipe, in their order; none of one that was never started as a whole."""
    if "recipe" not in recipe.spec:
        return {}
    return stale(orchestration.pipeline_of(recipe).stages, orchestration.children_of(recipe))
