"""A recipe's runs, one after the other: which stage can begin, and what becomes of the whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection, transaction

from annotation.datasets.definitions import DefinitionInvalid
from annotation.datasets.versions import freeze
from annotation.models import Version
from studio.accounts.models import User
from studio.projects.scope import everywhere, inside
from training import recipes
from training.models import Checkpoint, Run, RunVersion
from training.recipes import files
from training.recipes.files import RecipeFile
from training.recipes.stages import (
    Asked,
    AuthorOf,
    CheckpointOf,
    Given,
    Pipeline,
    Source,
    Stage,
    StageOutput,
    StageVersion,
)
from training.recipes.time_left import time_left
from training.runs import launching, names, waiting
from training.runs.forms import FormInvalid
from training.runs.launching import Place
from training.runs.names import Input, RunOutput
from training.worker import transitions

Children = dict[str, Run]
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Known:
    """What references of a recipe stand for by now: what its stages made, and what was given."""

    run: Run
    children: Children

    def resolved(self, settings: Any) -> Any:
        """Settings with what they refer to."""
        match settings:
            case CheckpointOf(name):
                return self.checkpoint(name).pk
            case AuthorOf(name):
                return self.checkpoint(name).author_id
            case Given(name):
                return self.run.spec["settings"]["given"][name]
            case Mapping():
                return {name: self.resolved(value) for name, value in settings.items()}
            case list() | tuple():
                return [self.resolved(value) for value in settings]
        return settings

    def checkpoint(self, name: str) -> Checkpoint:
        """Raises FormInvalid where what was given is there no more."""
        if name in self.children:
            return self.children[name].made_checkpoint
        found = Checkpoint.objects.filter(pk=self.run.spec["settings"]["given"][name]).first()
        if found is None:
            raise FormInvalid({f"given.{name}": "The checkpoint that was given is there no more."})
        return found

    def input(self, source: Source) -> Input:
        match source:
            case Given(name):
                return version_of(self.run, name)
            case StageOutput(stage, file):
                return RunOutput(self.children[stage].pk, file, names.short(self.children[stage]))
            case StageVersion(stage, name):
                return made_by(self.children[stage], name)


def start(
    settings: Mapping[str, Any],
    *,
    inputs: Mapping[str, Version] | None = None,
    name: str = "",
    by: User | None = None,
    priority: str = "",
) -> Run:
    """A recipe's run, of `RecipeSettings` and the versions that it needs. Raises FormInvalid."""
    return launching.launch(Run.Kind.RECIPE, settings, inputs=inputs, name=name, by=by, priority=priority)


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


def take_turn(run_id: int) -> None:
    """Two for one recipe wait for each other, so that neither acts on what the other is about to change."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('training.recipe'), %s)", [run_id])


@transaction.atomic
def step(run_id: int) -> None:
    take_turn(run_id)
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
    for child in run.stages.filter(state__in=Run.RESUMABLE):
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
    pipeline = pipeline_of(run)
    stages = pipeline.stages
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
    given = set(pipeline.needs)
    for stage in stages:
        if stage.name not in children and are_met(stage, children, given):
            children[stage.name] = launch(run, stage, children)
    note_progress(run, stages, children)
    if all(is_done(children.get(stage.name)) for stage in stages):
        transitions.close_recipe(run.pk, Run.State.SUCCEEDED)


def file_of(run: Run) -> RecipeFile:
    """As it was when the recipe was started."""
    return msgspec.convert(run.spec["recipe"], RecipeFile)


def pipeline_of(run: Run) -> Pipeline:
    return files.pipeline(file_of(run))


def children_of(run: Run) -> Children:
    """Of each stage the run that counts."""
    return {child.stage: child for child in run.stages.select_related("made_checkpoint")}


def has_failed(child: Run) -> bool:
    """For good: what was lost is started again as long as it has attempts."""
    if child.state == Run.State.LOST:
        return child.attempts >= transitions.ATTEMPTS
    return child.state == Run.State.FAILED


def is_done(child: Run | None) -> bool:
    return child is not None and child.state == Run.State.SUCCEEDED


def are_met(stage: Stage, children: Children, given: set[str]) -> bool:
    return all(is_done(children.get(name)) for name in stage.uses - given)


def launch(run: Run, stage: Stage, children: Children, changed: Settings | None = None, by: User | None = None) -> Run:
    """With settings that whoever had it run again `changed`: now, or else at its last time."""
    known = Known(run, children)
    before = run.children.filter(stage=stage.name).order_by("pk").last()
    if before and changed is None:
        changed = changed_in(before)
    place = Place(
        run,
        stage.name,
        uses={name: children[name].pk for name in sorted(stage.uses) if name in children},
        attempt=before.attempt + 1 if before else 1,
        changed=changed or {},
    )
    return launching.launch(
        stage.kind,
        {**known.resolved(stage.settings), **place.changed},
        checkpoint=known.checkpoint(stage.starts_from) if stage.starts_from else None,
        reference=known.checkpoint(stage.reference) if stage.reference else None,
        loads={role: [known.checkpoint(name) for name in names] for role, names in stage.loads.items()},
        inputs={name: known.input(source) for name, source in stage.inputs.items()},
        by=by or run.requested_by,
        place=place,
    )


def changed_in(child: Run) -> Settings:
    """What whoever had the stage run again chose otherwise than the recipe."""
    changed: dict[str, Any] = child.spec.get("stage", {}).get("changed", {})
    return changed


def version_of(run: Run, name: str) -> Version:
    """That was given for a need, or that the recipe makes: when it is first asked for, noted on its run."""
    known = run.run_versions.filter(name=name).select_related("version").first()
    if known:
        return known.version
    slug = run.spec["settings"]["given"].get(name)
    made = {name: questions(slug, run.requested_by)} if slug else prepared(run)
    RunVersion.objects.bulk_create(
        RunVersion(run=run, version=version, role=RunVersion.Role.OUTPUT, name=need) for need, version in made.items()
    )
    return made[name]


def questions(slug: str, by: User | None) -> Version:
    """All prompts of a collection: a benchmark is all of its questions, also those of a pair that somebody flagged."""
    return freeze(f"questions of {slug}"[:120], "prompts", {"collections": [slug], "flagged": "all"}, by)


def prepared(run: Run) -> dict[str, Version]:
    """What the recipe makes itself, and nobody gave. Raises FormInvalid where there is no such recipe any more."""
    file = file_of(run)
    recipe, scale = recipes.chosen({"recipe": file.recipe, "scale": file.scale})
    given = set(run.run_versions.values_list("name", flat=True))
    made = recipe.prepare(Asked(scale, file.seed), run.requested_by)
    return {name: version for name, version in made.items() if name not in given}


def made_by(run: Run, name: str) -> Version:
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
