"""A recipe's runs, one after the other: which stage can begin, and what becomes of the whole."""

from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction

from annotation.datasets.definitions import DefinitionInvalid
from studio.accounts.models import User
from studio.projects.scope import everywhere, inside
from training import recipes
from training.models import Run, RunVersion
from training.recipes.stages import CheckpointOf, PreparedVersion, Source, Stage, StageOutput, StageVersion
from training.recipes.time_left import time_left
from training.runs import launching, names, waiting
from training.runs.forms import FormInvalid
from training.runs.names import Input, RunOutput
from training.worker import transitions

Children = dict[str, Run]


def start(recipe: str, *, scale: str = "", seed: int = 0, name: str = "", by: User | None = None) -> Run:
    """A recipe's run; its first scale where none is named. Raises FormInvalid."""
    _, scale = recipes.chosen({"recipe": recipe, "scale": scale})
    return launching.launch(Run.Kind.RECIPE, {"recipe": recipe, "scale": scale, "seed": seed}, name=name, by=by)


def open_recipes() -> list[int]:
    """Of all projects."""
    with everywhere():
        return list(Run.objects.filter(kind=Run.Kind.RECIPE, state__in=Run.OPEN).values_list("pk", flat=True))


def advance(run_id: int) -> None:
    """Launch every stage whose needs are met, and close the recipe when there is nothing left to wait for.

    May be called by anybody at any time.
    """
    with inside(Run.project_of(run_id)):
        try:
            step(run_id)
        except (FormInvalid, DefinitionInvalid) as error:
            transitions.open_recipe(run_id)
            transitions.close_recipe(run_id, Run.State.FAILED, error=f"A stage cannot be launched. {error}")


@transaction.atomic
def step(run_id: int) -> None:
    """Two for one recipe wait for each other, so that neither acts on what the other is about to change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('training.recipe'), %s)", [run_id])
    begun = transitions.open_recipe(run_id)
    run = Run.objects.select_related("requested_by").get(pk=run_id)
    if run.state != Run.State.RUNNING:
        return
    if begun:
        resume_stages(run)
    if run.cancel_requested_at:
        cancel_stages(run)
    else:
        launch_next(run)


def resume_stages(run: Run) -> None:
    """Of a recipe that was stopped short, the stages that were."""
    for child in run.children.filter(state__in=Run.RESUMABLE):
        launching.resume(child)


def cancel_stages(run: Run) -> None:
    """Cancel what is open; when all of it has ended, so has the recipe."""
    note_time(run)
    still_open = list(run.children.filter(state__in=Run.OPEN))
    for child in still_open:
        transitions.cancel(child.pk)
    if not run.children.filter(state__in=Run.OPEN).exists():
        transitions.close_recipe(run.pk, Run.State.CANCELLED)


def launch_next(run: Run) -> None:
    """The stages whose needs are met; or the end, where one failed or was cancelled, or all are done."""
    stages = stages_of(run)
    children = children_of(run)
    failed = next((child for child in children.values() if has_failed(child)), None)
    cancelled = next((child for child in children.values() if child.state == Run.State.CANCELLED), None)
    if failed:
        transitions.close_recipe(
            run.pk, Run.State.FAILED, error=f"Stage {failed.stage} {failed.state}. {failed.error}"
        )
        return
    if cancelled:
        why = f"Stage {cancelled.stage} was cancelled. {cancelled.error}".strip()
        transitions.close_recipe(
            run.pk, Run.State.CANCELLED, error=f"{why} Resume the recipe to run this stage again."
        )
        return
    for stage in stages:
        if stage.name not in children and are_met(stage, children):
            children[stage.name] = launch(run, stage, children)
    note_progress(run, stages, children)
    if all(is_done(children.get(stage.name)) for stage in stages):
        transitions.close_recipe(run.pk, Run.State.SUCCEEDED)


def stages_of(run: Run) -> tuple[Stage, ...]:
    """Raises FormInvalid where the studio has no longer such a recipe."""
    settings = run.spec.get("settings", {})
    recipe, scale = recipes.chosen(settings)
    return recipe.stages(scale, settings["seed"])


def children_of(run: Run) -> Children:
    return {child.stage: child for child in run.children.select_related("made_checkpoint")}


def has_failed(child: Run) -> bool:
    """For good: what was lost is started again as long as it has attempts."""
    if child.state == Run.State.LOST:
        return child.attempts >= transitions.ATTEMPTS
    return child.state == Run.State.FAILED


def is_done(child: Run | None) -> bool:
    return child is not None and child.state == Run.State.SUCCEEDED


def are_met(stage: Stage, children: Children) -> bool:
    return all(is_done(children.get(name)) for name in stage.needs)


def launch(run: Run, stage: Stage, children: Children) -> Run:
    base = children[stage.starts_from].made_checkpoint if stage.starts_from else None
    return launching.launch(
        stage.kind,
        resolved(stage.settings, children),
        checkpoint=base,
        reference=children[stage.reference].made_checkpoint if stage.reference else None,
        inputs={name: found(source, run, children) for name, source in stage.inputs.items()},
        by=run.requested_by,
        parent=run,
        stage=stage.name,
    )


def resolved(settings: Any, children: Children) -> Any:
    """Settings with the ids of the checkpoints that they speak of."""
    if isinstance(settings, CheckpointOf):
        return children[settings.stage].made_checkpoint.pk
    if isinstance(settings, Mapping):
        return {name: resolved(value, children) for name, value in settings.items()}
    return [resolved(value, children) for value in settings] if isinstance(settings, list | tuple) else settings


def found(source: Source, run: Run, children: Children) -> Input:
    match source:
        case PreparedVersion(name):
            return prepared(run, name)
        case StageOutput(stage, file):
            return RunOutput(children[stage].pk, file, names.short(children[stage]))
        case StageVersion(stage, name):
            return output_of(children[stage], name)


def prepared(run: Run, name: str) -> Input:
    """Versions are prepared when the first is asked for, and noted on the recipe's run."""
    if not run.run_versions.filter(role=RunVersion.Role.OUTPUT).exists():
        settings = run.spec["settings"]
        recipe, scale = recipes.chosen(settings)
        made = recipe.prepare(scale, settings["seed"], run.requested_by)
        RunVersion.objects.bulk_create(
            RunVersion(run=run, version=version, role=RunVersion.Role.OUTPUT, name=role)
            for role, version in made.items()
        )
    return output_of(run, name)


def output_of(run: Run, name: str) -> Input:
    row = run.run_versions.select_related("version").get(role=RunVersion.Role.OUTPUT, name=name)
    return row.version


def note_progress(run: Run, stages: tuple[Stage, ...], children: Children) -> None:
    """Stages done, how long they worked, and the time left."""
    done = sum(is_done(children.get(stage.name)) for stage in stages)
    left = time_left(stages, children, waiting.slots())
    Run.objects.filter(pk=run.pk).update(done=done, total=len(stages), unit="stages", eta_seconds=left)
    note_time(run)


def note_time(run: Run) -> None:
    times = list(run.children.values_list("working_since", "ended_at"))
    working = [began for began, _ in times if began]
    transitions.time_recipe(run.pk, working, [ended for _, ended in times if ended])
