"""What whoever starts a recipe gives for its needs: checked at the start, and found again for each stage."""

from collections.abc import Container, Mapping
from typing import Any

from annotation.judges.client import endpoints
from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid
from annotation.models import Author, Collection, ProjectDefaults, Version
from studio.projects.scope import one_here
from training.checkpoints import shares
from training.models import Checkpoint
from training.recipes.stages import Need, Pipeline
from training.runs.forms import FormInvalid
from training.runs.kinds import accepted


def checked(pipeline: Pipeline, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Ids of checkpoints and names of judges by need, with what a need falls back on; and by field what is wrong."""
    known = {name: need for name, need in pipeline.needs.items() if not need.is_version}
    errors = {f"given.{name}": unknown(known) for name in given.keys() - known}
    found: dict[str, Any] = {}
    for name, need in known.items():
        value = given.get(name) or fallback(need)
        try:
            found[name] = known_of(need, value)
        except FormInvalid as error:
            errors[f"given.{name}"] = f"{error.sentences} {need.help}".strip()
    return found, errors


def unknown(known: Mapping[str, Need]) -> str:
    return f"The recipe needs no such thing; it needs {', '.join(known) or 'none'}."


def fallback(need: Need) -> str:
    """The recipe's own, or for a judge the project's."""
    return need.default or (ProjectDefaults.here().judge if need.kind == "judge" else "")


def known_of(need: Need, value: Any) -> Any:
    """The id of a checkpoint or an author, the slug of a collection, the name of a judge. Raises FormInvalid."""
    match need.kind:
        case "judge":
            return judge_of(value)
        case "collection":
            return collection_of(value)
        case "author":
            return author_of(value)
    return checkpoint_of(need, value).pk


def collection_of(value: Any) -> str:
    if not Collection.objects.filter(slug=str(value or "")).exists():
        raise FormInvalid({"": f"There is no collection {value}." if value else "Say which collection."})
    return str(value)


def author_of(value: Any) -> int:
    """A model by id or name."""
    models = Author.objects.filter(kind=Author.Kind.MODEL)
    found = models.filter(pk=int(value)) if str(value).isdecimal() else models.filter(name=str(value or ""))
    if (author := found.first()) is None:
        raise FormInvalid({"": f"There is no model {value} here." if value else "Say whose responses."})
    return author.pk


def checkpoint_of(need: Need, value: Any) -> Checkpoint:
    """By id or name. Raises FormInvalid."""
    if not value:
        raise FormInvalid({"": f"Say which {need.kind} checkpoint."})
    is_id = isinstance(value, int) or str(value).isdecimal()
    found = shares.usable().filter(**({"pk": int(value)} if is_id else {"name": str(value)})).first()
    if found is None:
        raise FormInvalid({"": f"There is no checkpoint {value} here."})
    if found.kind != need.kind:
        raise FormInvalid({"": f"{found} is a {found.kind} checkpoint; it needs a {need.kind} one."})
    return found


def judge_of(value: Any) -> str:
    """One that can be asked. Raises FormInvalid."""
    if not value:
        raise FormInvalid({"": "Say which judge."})
    try:
        judge = registry.ready(str(value))
    except JudgeInvalid as error:
        raise FormInvalid({"": str(error)}) from error
    if fault := endpoints.fault(judge):
        raise FormInvalid({"": fault})
    return str(value)


def version_errors(pipeline: Pipeline, inputs: Mapping[str, Any], made: Container[str]) -> dict[str, str]:
    """Of the versions that are given as inputs, by need; the recipe makes those of the needs `made` itself."""
    needs = {name: need for name, need in pipeline.needs.items() if need.is_version}
    errors = {f"inputs.{name}": unknown(needs) for name in inputs.keys() - needs}
    for name, need in needs.items():
        version = inputs.get(name)
        if version is None:
            if name not in made:
                errors[f"inputs.{name}"] = f"Give a version of kind {need.kind}. {need.help}".strip()
        elif not isinstance(version, Version) or version.kind not in accepted(need.kind):
            errors[f"inputs.{name}"] = f"{version} is not of kind {need.kind}. {need.help}".strip()
        elif need.kind == "prompts" and version.project_id != one_here():
            errors[f"inputs.{name}"] = f"{version} is shared by another project: only training reads it. Use your own."
    return errors
