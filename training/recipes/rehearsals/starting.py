"""Start a rehearsal of a recipe, or the first steps of one training; and start for real what was rehearsed."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from annotation.models import Version
from studio.accounts.models import User
from training import recipes
from training.models import Checkpoint, Run, RunVersion
from training.recipes import files, orchestration
from training.recipes.files import FileNeed, FileStage, RecipeFile
from training.runs import forms, launching
from training.runs.forms import FormInvalid
from training.runs.kinds import KINDS
from training.runs.launching import rows_of
from training.specs import Training

FIRST_STEPS = 10
# The names of the only stage and of what it starts from, in the recipe of one training.
BASE, REFERENCE = "base", "reference"
OF_RECIPES = ("recipe", "scale", "seed", "options", "given", "file")


def rehearse(
    settings: Mapping[str, Any],
    *,
    inputs: Mapping[str, Version] | None = None,
    name: str = "",
    by: User | None = None,
    priority: str = "",
) -> Run:
    """A rehearsal's run, of what a recipe would start with. Raises FormInvalid."""
    gpus = most_gpus(recipes.built(settings, rows_of(inputs or {})))
    told = {**settings, "gpus": gpus}
    return launching.launch(Run.Kind.REHEARSAL, told, inputs=inputs, name=name, by=by, priority=priority)


def most_gpus(file: RecipeFile) -> int:
    """Of the stage that uses the most, by its settings and by the machines that there are."""
    return max(gpus_of(stage) for stage in file.stages)


def gpus_of(stage: FileStage) -> int:
    default = next((field.default for field in forms.fields(stage.kind) if field.name == "gpus"), 0)
    return int((launching.begun(stage.kind, None) | stage.settings).get("gpus", default))


def first_steps(
    kind: str,
    settings: Mapping[str, Any],
    checkpoint: Checkpoint | None,
    inputs: Mapping[str, Version],
    *,
    reference: Checkpoint | None = None,
    loads: Mapping[str, Sequence[Checkpoint]] | None = None,
    by: User | None = None,
) -> Run:
    """Ten steps of a training with these very settings, on the longest rows. Raises FormInvalid."""
    known = forms.known_kind(kind)
    if not issubclass(known.settings, Training):
        raise FormInvalid({"kind": f"Only a training has steps to try; {known.label} is none."})
    read, errors = launching.checked(kind, settings, checkpoint, inputs)
    errors |= launching.reference_errors(known, reference, read)
    errors |= launching.loads_errors(known, checkpoint, loads or {}) | launching.weights_errors(
        known, read, loads or {}
    )
    if errors:
        raise FormInvalid(errors)
    beside = {
        role: {f"{role}-{number}": one for number, one in enumerate(ones, 1)} for role, ones in (loads or {}).items()
    }
    loaded = {name: one for name, one in ((BASE, checkpoint), (REFERENCE, reference)) if one}
    loaded |= {name: one for ones in beside.values() for name, one in ones.items()}
    needs = {name: msgspec.convert({"kind": one.kind}, FileNeed) for name, one in (loaded | dict(inputs)).items()}
    stage = FileStage(
        name=kind,
        kind=kind,
        starts_from=BASE if checkpoint else "",
        reference=REFERENCE if reference else "",
        loads={role: tuple(ones) for role, ones in beside.items() if ones},
        inputs={role: role for role in inputs},
        settings=read,
    )
    title = f"{known.label} from {checkpoint}"[:60]
    file = RecipeFile(recipe="first-steps", title=title, needs=needs, stages=(stage,))
    told = {
        "file": msgspec.to_builtins(file),
        "given": {name: one.pk for name, one in loaded.items()},
        "steps": FIRST_STEPS,
        "rows": FIRST_STEPS * read["batch_size"],
        "whole_batches": True,
        "gpus": read.get("gpus", 0),
    }
    return launching.launch(Run.Kind.REHEARSAL, told, inputs=inputs, by=by)


def start(rehearsal: Run, by: User | None = None) -> Run:
    """What was rehearsed, for real: the recipe, or the one training. Raises FormInvalid."""
    settings = rehearsal.spec["settings"]
    given = rehearsal.run_versions.filter(role=RunVersion.Role.INPUT).select_related("version")
    inputs = {row.name: row.version for row in given}
    if not settings["whole_batches"]:
        return orchestration.start({name: settings[name] for name in OF_RECIPES}, inputs=inputs, by=by)
    (stage,) = orchestration.file_of(rehearsal).stages
    loaded = Checkpoint.objects.in_bulk(settings["given"].values())
    checkpoint, reference = (loaded.get(settings["given"].get(name)) for name in (BASE, REFERENCE))
    return launching.launch(
        stage.kind,
        files.unmarked(stage.settings),
        checkpoint=checkpoint,
        reference=reference,
        loads={role: [loaded[settings["given"][name]] for name in names] for role, names in stage.loads.items()},
        inputs=inputs,
        by=by,
    )


def label_of(rehearsal: Run) -> str:
    """What is started after it: `Xwin`, `SFT`."""
    file = orchestration.file_of(rehearsal)
    is_training = rehearsal.spec["settings"]["whole_batches"]
    return KINDS[file.stages[0].kind].label if is_training else file.title
