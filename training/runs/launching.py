"""Make a run: checked, on record, and sent to its queue once that is committed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec
from celery import signature
from django.db import transaction

from annotation.datasets.shares import readable
from annotation.judges.runs.monthly_budget import this_month
from annotation.models import Version
from studio import dates
from studio.accounts.models import User
from studio.projects.scope import one_here
from training import recipes
from training.checkpoints import chat_templates, shares
from training.models import Checkpoint, Run, RunCheckpoint, RunVersion
from training.recipes import files, needs
from training.runs import defaults, estimates, forms, judge_session, names, priorities
from training.runs.erased import ERASED_INPUTS
from training.runs.forms import Field, FormInvalid
from training.runs.judge_errors import judge_errors
from training.runs.kinds import KINDS, PEOPLE, Kind, accepted
from training.runs.names import Input, RunOutput
from training.specs.mixtures import BESIDE, in_order, shares_fault
from training.worker import presence, transitions


@dataclass(frozen=True)
class Place:
    """Where in a recipe a run stands: its stage, and by name the runs of the stages that it takes something from.

    `changed` are settings that are not as the recipe has them: whoever had the stage run again chose them.
    """

    recipe: Run
    stage: str
    uses: Mapping[str, int] = field(default_factory=dict)
    attempt: int = 1
    changed: Mapping[str, Any] = field(default_factory=dict)

    def plain(self) -> dict[str, Any]:
        return {"uses": dict(self.uses), "attempt": self.attempt, "changed": dict(self.changed)}


@transaction.atomic
def launch(
    kind: str,
    settings: Mapping[str, Any],
    *,
    name: str = "",
    checkpoint: Checkpoint | None = None,
    reference: Checkpoint | None = None,
    loads: Mapping[str, Sequence[Checkpoint]] | None = None,
    inputs: Mapping[str, Input] | None = None,
    by: User | None = None,
    place: Place | None = None,
    priority: str = "",
) -> Run:
    """A queued run, named by what it does where it is given no name. Raises FormInvalid with every field that is
    wrong; then nothing was made. A stage has its recipe's priority.

    Its directory is written by the worker that claims it: a version never changes, so that can wait.
    """
    known, inputs, loads = forms.known_kind(kind), inputs or {}, loads or {}
    read, errors = checked(kind, settings, checkpoint, inputs)
    errors |= reference_errors(known, reference, read) | loads_errors(known, checkpoint, loads)
    errors |= weights_errors(known, read, loads)
    errors |= priorities.errors(priority, by)
    estimate = {} if errors else estimates.estimate(kind, read, checkpoint)
    # A stage waits for a machine, which may be away at the moment.
    if errors or (errors := {} if place else estimates.errors(kind, read, estimate)):
        raise FormInvalid(errors)
    given = {setting: read[setting] for setting in settings}
    versions = {role: given for role, given in inputs.items() if isinstance(given, Version)}
    outputs = {role: given for role, given in inputs.items() if isinstance(given, RunOutput)}
    spec = {"settings": read, "outputs": {role: {"run": o.run_id, "file": o.file} for role, o in outputs.items()}}
    spec |= {"stage": place.plain()} if place else {}
    spec |= {"estimate": estimate} if estimate else {}
    if kind in Run.OF_RECIPES:
        # As it is now: a resume, and whoever looks later, find the same stages.
        spec["recipe"] = msgspec.to_builtins(recipes.built(read, rows_of(inputs)))
    run = Run.objects.create(
        kind=kind,
        name=name or names.free(names.title(kind, checkpoint, inputs, read), kind, given, begun(kind, checkpoint)),
        is_named=bool(name),
        spec=spec,
        seed=read.get("seed", 0),
        queue=known.queue,
        checkpoint=checkpoint,
        reference=reference,
        requested_by=by,
        parent=place.recipe if place else None,
        stage=place.stage if place else "",
        priority=place.recipe.priority if place else priority or Run.Priority.NORMAL,
    )
    RunVersion.objects.bulk_create(
        RunVersion(run=run, version=version, role=RunVersion.Role.INPUT, name=role)
        for role, version in versions.items()
    )
    RunCheckpoint.objects.bulk_create(
        RunCheckpoint(run=run, checkpoint=one, role=role, place=number)
        for role, ones in loads.items()
        for number, one in enumerate(ones)
    )
    # The rows of its inputs are written: nobody moves those from now on.
    if gone := gone_errors(run):
        raise FormInvalid(gone)
    enqueue(run)
    return run


def gone_errors(run: Run) -> dict[str, str]:
    """What it starts from or reads that is in another project now, is shared no more, or was erased."""
    rows = RunVersion.objects.filter(run=run, role=RunVersion.Role.INPUT).select_related("version")
    here = set(readable().filter(pk__in=rows.values("version")).values_list("pk", flat=True))
    gone = [row for row in rows if row.version_id not in here]
    loaded = {"checkpoint": run.checkpoint, "reference": run.reference}
    loaded |= {f"loads.{row.role}": row.checkpoint for row in run.run_checkpoints.select_related("checkpoint")}
    unusable = {name: shares.gone(one) for name, one in loaded.items() if one and not shares.is_usable(one)}
    moved = "was moved to another project, or is no longer shared with this one."
    erased = "was erased with its project. Launch the run anew on another version."
    return (
        unusable
        | {f"inputs.{row.name}": f"{row.version} {moved}" for row in gone}
        | {f"inputs.{name}": f"{version} {erased}" for name, version in run.spec.get(ERASED_INPUTS, {}).items()}
    )


def checked(
    kind: str, settings: Mapping[str, Any], checkpoint: Checkpoint | None, inputs: Mapping[str, Input]
) -> tuple[dict[str, Any], dict[str, str]]:
    """All settings with the defaults for the machines that are there, and everything that is wrong, by field."""
    known = forms.known_kind(kind)
    read, errors = forms.checked(kind, begun(kind, checkpoint) | pasted(settings) | dict(settings))
    if "budget" not in settings:
        read |= defaults.without_price(read)
    if kind in Run.OF_RECIPES:
        read, found = recipe_checked(read, inputs)
        return read, checkpoint_errors(known, checkpoint) | found | errors
    found = checkpoint_errors(known, checkpoint) | input_errors(known, read, inputs)
    found |= judge_errors(kind, read) | template_errors(read, checkpoint)
    return read, found | errors


def begun(kind: str, checkpoint: Checkpoint | None) -> dict[str, Any]:
    """Settings that a run begins with where nobody says otherwise, and not as its kind has them."""
    known = KINDS[kind]
    return presence.suggested(known) | defaults.suggested(known, checkpoint) | own_template(kind, checkpoint)


def recipe_checked(settings: dict[str, Any], inputs: Mapping[str, Input]) -> tuple[dict[str, Any], dict[str, str]]:
    """Its settings with what was given for its needs, and what is wrong."""
    try:
        file = recipes.built(settings, rows_of(inputs))
    except FormInvalid as error:
        return settings, error.errors
    pipeline = files.pipeline(file)
    found, errors = needs.checked(pipeline, settings["given"])
    scale = {} if settings["file"] else {"scale": recipes.chosen(settings)[1]}
    return settings | scale | {"given": found}, errors | needs.version_errors(pipeline, inputs, recipes.makes(file))


def rows_of(inputs: Mapping[str, Input]) -> dict[str, int]:
    """How many rows each version has that is given to a recipe."""
    return {role: one.counts.get("items", 0) for role, one in inputs.items() if isinstance(one, Version)}


def own_template(kind: str, checkpoint: Checkpoint | None) -> dict[str, str]:
    """Finetuning keeps the template of a checkpoint that has one; it does not fall back on its default."""
    keeps = kind == Run.Kind.SFT and checkpoint is not None and chat_templates.has_own(checkpoint)
    return {"template": chat_templates.OWN} if keeps else {}


def pasted(settings: Mapping[str, Any]) -> dict[str, str]:
    """A chat template that somebody wrote stands in the place of a named one."""
    return {"template": chat_templates.OWN} if settings.get("chat_template") else {}


def template_errors(settings: Mapping[str, Any], checkpoint: Checkpoint | None) -> dict[str, str]:
    if checkpoint is None or "replace_template" not in settings:
        return {}
    field = "chat_template" if settings["chat_template"] else "template"
    chosen = "chat_template" if settings["chat_template"] else settings["template"]
    fault = chat_templates.fault(chosen, settings["replace_template"], checkpoint)
    return {field: fault} if fault else {}


def fields(kind: str) -> list[Field]:
    """The form of a run of `kind`, with the defaults of the project and the machines. Raises FormInvalid."""
    known = forms.known_kind(kind)
    by_machines, by_project = presence.suggested(known), defaults.suggested(known)
    fitting = [replace(field, default=by_machines.get(field.name, field.default)) for field in forms.fields(kind)]
    said = [defaulted(field, by_project[field.name]) if field.name in by_project else field for field in fitting]
    left = this_month().words if known.asks_a_judge else ""
    return [
        replace(field, help=f"{field.help} {left}.") if left and field.name == "budget" else field for field in said
    ]


def defaulted(field: Field, value: Any) -> Field:
    """With the project's default, and the words that say so."""
    free = "A judge that names no price takes no budget." if field.name == "budget" else ""
    says = " ".join(filter(None, [field.help, free, f"{value} is the default of this project."]))
    return replace(field, default=value, required=False, help=says)


def enqueue(run: Run) -> None:
    """Send its message once the transaction is committed. By name, so that who launches need not know who executes."""
    if run.queue == PEOPLE:
        # No worker has anything to do: `training.runs.reviewing` sends it on.
        return
    task = "training.tasks.advance" if run.kind == Run.Kind.RECIPE else "training.tasks.execute"
    transaction.on_commit(lambda: signature(task, args=(run.pk,), queue=run.queue).apply_async())


def cancel(run: Run) -> bool:
    """Whether this call made it stop, or asked it to. A recipe cancels its stages."""
    changed = transitions.cancel(run.pk)
    if changed and run.kind == Run.Kind.RECIPE:
        enqueue(run)
    return changed


@transaction.atomic
def resume(run: Run, budget: float | None = None) -> bool:
    """Whether this call put it back into its queue; one that has a budget may go on with another (0: no limit).

    Raises FormInvalid where its judge, or that of a stage, cannot be asked; then the run stays as it was.
    """
    if run.state in Run.RESUMABLE and (errors := resume_errors(run, budget)):
        raise FormInvalid(errors)
    changed = transitions.resume(run.pk)
    if changed and budget is not None and "budget" in run.spec["settings"]:
        run.spec["settings"]["budget"] = budget
        run.save(update_fields=["spec"])
    if changed:
        enqueue(run)
    return changed


def resume_errors(run: Run, budget: float | None) -> dict[str, str]:
    """What was there when it was launched may be gone: a key, a judge, a recipe. A recipe resumes its stages."""
    given = {} if budget is None else {"budget": budget}
    settings = run.spec.get("settings", {}) | given
    errors = unaskable(run, settings) | gone_errors(run) | erased_errors(run)
    for stage in run.stages.filter(state__in=Run.RESUMABLE):
        errors |= erased_errors(stage) | unaskable(stage, stage.spec.get("settings", {}))
    return errors


def unaskable(run: Run, settings: Mapping[str, Any]) -> dict[str, str]:
    """Why the judge of a run that goes on cannot be asked with these settings."""
    return judge_errors(run.kind, settings, paid_by(run), judge_session.purpose_of(run))


def erased_errors(run: Run) -> dict[str, str]:
    """What it would go on from is gone."""
    if run.files_erased_at is None:
        return {}
    says = f"The log and the intermediate files of “{run}” were erased on {dates.day(run.files_erased_at)}."
    return {"files": f"{says} It cannot be resumed: launch it anew."}


def paid_by(run: Run) -> float:
    """US dollars, of all its attempts."""
    known = KINDS.get(run.kind)
    return float(judge_session.spent(run)["price"]) if known and known.asks_a_judge else 0.0


def input_names(kind: Kind, settings: Mapping[str, Any]) -> dict[str, str]:
    """The inputs that a run with these settings reads, each with the kind of version it needs."""
    if kind is KINDS[Run.Kind.SAMPLE]:
        return {draw["prompts"]: Version.Kind.PROMPTS for draw in settings["draws"]}
    return kind.inputs


def checkpoint_errors(kind: Kind, checkpoint: Checkpoint | None) -> dict[str, str]:
    if kind.starts_from is None:
        return {"checkpoint": "This kind of run starts from none."} if checkpoint else {}
    if checkpoint is None:
        return {"checkpoint": f"Say which {kind.starts_from} checkpoint it starts from."}
    if checkpoint.kind not in kind.bases:
        needed = " or a ".join(kind.bases)
        return {"checkpoint": f"{checkpoint} is a {checkpoint.kind} checkpoint; it needs a {needed} one."}
    return {}


def reference_errors(kind: Kind, reference: Checkpoint | None, settings: Mapping[str, Any]) -> dict[str, str]:
    if reference and kind.refers_to is None:
        return {"reference": "This kind of run is held against none."}
    if reference and reference.kind != kind.refers_to:
        return {"reference": f"{reference} is a {reference.kind} checkpoint; it needs a {kind.refers_to} one."}
    rules = forms.broken_rules(kind, {**settings, "reference": str(reference)}) if reference else []
    return {field: problem for field, problem in rules if field == "reference"}


def loads_errors(
    kind: Kind, checkpoint: Checkpoint | None, loads: Mapping[str, Sequence[Checkpoint]]
) -> dict[str, str]:
    """Of the checkpoints that it loads besides."""
    there = f"There is no such role; there is {', '.join(kind.loads)}." if kind.loads else "This kind loads none."
    errors = {f"loads.{role}": there for role in loads.keys() - kind.loads}
    for role in kind.loads.keys() & loads:
        wrong = next((one for one in loads[role] if one.kind != kind.loads[role]), None)
        if wrong:
            errors[f"loads.{role}"] = f"{wrong} is a {wrong.kind} checkpoint; it needs a {kind.loads[role]} one."
        elif len({one.pk for one in loads[role]} - {checkpoint and checkpoint.pk}) < len(loads[role]):
            errors[f"loads.{role}"] = "Name each checkpoint once, and not the one that the run starts from."
    return errors


def weights_errors(
    kind: Kind, settings: Mapping[str, Any], loads: Mapping[str, Sequence[Checkpoint]]
) -> dict[str, str]:
    """Too few of what it needs, or not a weight for each."""
    errors = {}
    for role, least in kind.least.items():
        if len(loads.get(role, ())) < least:
            errors[f"loads.{role}"] = f"Choose {least} {kind.loads[role]} checkpoint at least."
    for role, setting in kind.weighs.items():
        weighed = len(loads.get(role, ())) + (kind.starts_from == kind.loads[role])
        if settings[setting] and len(settings[setting]) != weighed:
            errors[setting] = f"Give {weighed}, one for each checkpoint, or none; there are {len(settings[setting])}."
    return errors


def input_errors(kind: Kind, settings: Mapping[str, Any], inputs: Mapping[str, Input]) -> dict[str, str]:
    needed = input_names(kind, settings)
    known = needed | kind.optional | kind.beside
    by_judge = kind is KINDS[Run.Kind.JUDGE]
    if by_judge and not inputs and not settings["collection"] and not settings["pairs"]:
        return {"collection": "Name a collection whose pairs are to be judged, or give responses as input."}
    errors = {f"inputs.{role}": f"Give a version of kind {needed[role]}." for role in needed.keys() - inputs}
    unknown = f"There is no such input; it reads {read_in_words(kind, needed)}."
    errors |= {f"inputs.{role}": unknown for role in inputs.keys() - known}
    for role in known.keys() & inputs:
        given = inputs[role]
        if isinstance(given, Version) and given.kind not in accepted(known[role]):
            errors[f"inputs.{role}"] = f"{given} is of kind {given.kind}; it needs one of kind {known[role]}."
        elif isinstance(given, Version) and not kind.reads_shared and one_here() not in (None, given.project_id):
            errors[f"inputs.{role}"] = f"{given} is shared by another project: only training reads it. Use your own."
    return mixture_errors(kind, settings, inputs) | errors


def read_in_words(kind: Kind, needed: Mapping[str, str]) -> str:
    beside = [f"{BESIDE[0]} to {BESIDE[-1]}"] if kind.beside else []
    return ", ".join([*needed, *kind.optional, *beside]) or "none"


def mixture_errors(kind: Kind, settings: Mapping[str, Any], inputs: Mapping[str, Input]) -> dict[str, str]:
    """Of several datasets that are learnt from together."""
    roles = in_order(inputs) if kind.beside else []
    fault = shares_fault(settings.get("shares", ()), len(roles)) if roles else ""
    errors = {"shares": f"{fault.capitalize()}."} if fault else {}
    for place, role in enumerate(roles):
        if inputs[role] in [inputs[before] for before in roles[:place]]:
            errors[f"inputs.{role}"] = f"{inputs[role]} is given twice. Give it once, with a larger share."
    return errors
