"""Erasing a project: every row that belongs to it, in whatever table, and nothing else."""

import re
from collections.abc import Iterator
from functools import cache

from django.apps import apps
from django.db import connection, models, transaction
from django.dispatch import Signal

from studio.projects.models import Project

# `project` is about to be erased, inside of the transaction. Whoever keeps files for it lets them go with the commit;
# whoever is still at work for it raises EraseRefused.
erasing = Signal()

Table = type[models.Model]


class EraseRefused(Exception):
    """The words say what to end first."""


@cache
def paths() -> dict[Table, str]:
    """How the tables that belong to projects lead to their project, each by its shortest way."""
    found: dict[Table, str] = {Project: ""}
    while further := dict(led_to(found)):
        found |= further
    del found[Project]
    return found


def led_to(found: dict[Table, str]) -> Iterator[tuple[Table, str]]:
    """Tables that are one step further away."""
    for model in apps.get_models():
        if model in found:
            continue
        ways = [f"{field.name}__{found[to]}".strip("_") for field, to in parents(model) if to in found]
        if ways:
            yield model, min(ways, key=len)


def parents(
    model: Table, *, forgetful: bool = False
) -> Iterator[tuple["models.ForeignKey[models.Model, models.Model]", Table]]:
    """The tables that its rows go with, each of them; or, `forgetful`, those without whose rows they stay."""
    for field in model._meta.concrete_fields:
        if not isinstance(field, models.ForeignKey):
            continue
        is_forgotten = field.remote_field.on_delete is models.SET_NULL
        # What may be null leads nowhere for some rows. Without a project a row belongs to all.
        leads = not field.null or field.related_model is Project
        if is_forgotten if forgetful else leads and not is_forgotten:
            yield field, field.related_model


def counts(project: Project) -> dict[str, int]:
    """How many rows of each table would go, by the table's name in the plural; only those that have any."""
    found = {}
    for model, path in sorted(paths().items(), key=lambda way: way[0]._meta.label):
        if n := model._base_manager.filter(**{path: project.pk}).count():
            found[words(model)] = n
    return found


def words(model: Table) -> str:
    return re.sub(r"\s+", " ", str(model._meta.verbose_name_plural))


@transaction.atomic
def erase(project: Project) -> None:
    """All of it or, where something goes wrong, nothing. Raises EraseRefused.

    References are looked at when the transaction commits, so that the order is free: rows go before those that lead
    from them to the project.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    erasing.send(Project, project=project)
    forget(project)
    for model, path in sorted(paths().items(), key=lambda way: -way[1].count("__")):
        rows = model._base_manager.filter(**{path: project.pk}).order_by()
        rows._raw_delete(rows.db)
    Project.objects.filter(pk=project.pk)._raw_delete("default")


def forget(project: Project) -> None:
    """References that others have to rows of the project, or to itself, and keep their own rows without."""
    leading = paths() | {Project: "pk"}
    for model in apps.get_models():
        for field, to in parents(model, forgetful=True):
            if to in leading:
                gone = to._base_manager.filter(**{leading[to]: project.pk}).values("pk")
                model._base_manager.filter(**{f"{field.name}__in": gone}).update(**{field.name: None})
