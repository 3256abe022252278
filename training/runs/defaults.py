"""The defaults of a project: reading and changing them, and the settings that a run begins with by them.

What exists is not changed by them: a run keeps the settings that it was launched with.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone

from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid, Price
from annotation.judges.runs.monthly_budget import this_month
from annotation.models import ProjectDefaults
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.accounts.roles import Capability
from studio.database import turns
from studio.projects.scope import here
from training.checkpoints import chat_templates
from training.models import Checkpoint, TrainingDefaults
from training.runs.kinds import Kind

# What somebody must be allowed to do who changes one: the act for which it is the default.
RIGHTS = {
    "guidelines": Capability.MANAGE_DATA,
    "overlap": Capability.MANAGE_DATA,
    "judge": Capability.RUN_JUDGES,
    "budget": Capability.RUN_JUDGES,
    "monthly_budget": Capability.RUN_JUDGES,
    "keep_raw_days": Capability.MANAGE_DATA,
    "template": Capability.TRAIN,
}
# Too long for a line of the record.
TEXTS = ("guidelines",)

Table = type[ProjectDefaults] | type[TrainingDefaults]
TABLES: tuple[Table, ...] = (ProjectDefaults, TrainingDefaults)


def names(table: Table) -> list[str]:
    return [field.name for field in table._meta.concrete_fields if field.name in RIGHTS]


def current() -> dict[str, Any]:
    """Of the project at work, by name."""
    rows = [table.here() for table in TABLES]
    return {name: getattr(row, name) for row in rows for name in names(type(row))}


def change(by: User, given: Mapping[str, Any]) -> list[str]:
    """The names of those that changed. Raises PermissionDenied, and ValidationError with words for each name."""
    with transaction.atomic():
        turns.take(f"defaults of project {here()}")
        rows = [table.here() for table in TABLES]
        changes = [(row, name) for row in rows for name in names(type(row)) if is_other(row, name, given)]
        refuse(by, [name for _, name in changes])
        told = [words(row, name, given[name]) for row, name in changes]
        for row, name in changes:
            setattr(row, name, given[name])
            if isinstance(row, ProjectDefaults) and name == "keep_raw_days":
                row.keep_raw_set_at = timezone.now()
        save(changes, given)
        if told:
            audit.record(AuditEntry.Act.PROJECT, by, None, f"changed the defaults: {', '.join(told)}"[:500])
    return [name for _, name in changes]


def is_other(row: models.Model, name: str, given: Mapping[str, Any]) -> bool:
    return name in given and given[name] != getattr(row, name)


def refuse(by: User, changed: list[str]) -> None:
    """Who may not do what a default is for does not choose it for others."""
    for name in changed:
        if not by.can(RIGHTS[name]):
            raise PermissionDenied(f"The default {name} needs the right to {RIGHTS[name]}. Ask an admin for the role.")


def save(changes: Sequence[tuple[models.Model, str]], given: Mapping[str, Any]) -> None:
    """What changed and no more: a night may be counting what it erases, and a judge that stays may be withdrawn by now.

    Raises ValidationError.
    """
    rows = {id(row): row for row, _ in changes}.values()
    errors: dict[str, Any] = {}
    for row in rows:
        try:
            row.full_clean()
        except ValidationError as error:
            errors |= error.message_dict
    if any(name == "judge" for _, name in changes) and given["judge"]:
        try:
            registry.ready(given["judge"])
        except JudgeInvalid as error:
            errors["judge"] = [str(error)]
    if errors:
        raise ValidationError(errors)
    for row in rows:
        changed = [name for other, name in changes if other is row]
        changed += ["keep_raw_set_at"] if "keep_raw_days" in changed else []
        row.save(update_fields=changed if row.pk else None)


def words(row: models.Model, name: str, value: Any) -> str:
    """`judge from none to xwin_pair`."""
    if name in TEXTS:
        return name
    before, after = ("none" if one in (None, "") else one for one in (getattr(row, name), value))
    return f"{name} from {before} to {after}"


def suggested(kind: Kind, checkpoint: Checkpoint | None = None) -> dict[str, Any]:
    """Settings of a run of this kind that the project has a default for."""
    found: dict[str, Any] = {}
    if kind.asks_a_judge:
        found |= of_judges(ProjectDefaults.here())
    if kind.answers_in_a_template and not (checkpoint and chat_templates.has_own(checkpoint)):
        found["template"] = TrainingDefaults.here().template
    return {name: value for name, value in found.items() if value}


def without_price(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A judge that names no price takes no budget: that of the project is not meant for it."""
    if not settings.get("judge") or not settings.get("budget"):
        return {}
    try:
        is_free = registry.load(settings["judge"]).price == Price()
    except JudgeInvalid:
        return {}
    return {"budget": 0.0} if is_free and settings["budget"] == of_judges(ProjectDefaults.here())["budget"] else {}


def of_judges(known: ProjectDefaults) -> dict[str, Any]:
    """Their judge, and their budget as far as the month bears it."""
    left = this_month().left if known.budget else None
    budget = known.budget if left is None else min(known.budget or 0.0, int(100 * left) / 100)
    return {"judge": known.judge, "budget": budget}
