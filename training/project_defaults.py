"""The defaults of a project: who reads and changes them, and what is refused.

What exists is not changed by them: a run keeps the settings that it was launched with.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.utils import timezone

from annotation.judges.config import registry
from annotation.judges.config.registry import JudgeInvalid
from annotation.models import ProjectDefaults
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.accounts.roles import Capability
from studio.database import turns
from studio.projects.scope import here
from training.models import TrainingDefaults

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
    """What changed and no more: a night may be counting what it erases. Raises ValidationError.

    A judge that stays is not looked at: it may be withdrawn by now.
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
