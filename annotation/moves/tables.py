"""The tables whose rows go with their collection, and how each of them leads there: read from the models.

A table that comes later goes along by itself where every row of it leads to a collection. `tests/annotation/moves`
names them all, so that somebody decides.
"""

from functools import cache

from django.db import models

from annotation.models import Author, Collection, JudgeCall, Prompt
from studio.projects.erasing import Table, led_to

# A row of these has one of two ways, so that neither column leads there always.
EITHER: dict[Table, tuple[str, ...]] = {JudgeCall: ("pair__prompt", "response__prompt")}


@cache
def along() -> dict[Table, tuple[str, ...]]:
    """Each with its ways to a prompt. Rows of them have a project of their own, which is to change."""
    return {model: (way,) for model, way in leading_to(Prompt).items() if has_project(model)} | EITHER


@cache
def beside() -> dict[Table, str]:
    """Those that say something of a whole collection, each with its way there."""
    found = leading_to(Collection)
    return {model: way for model, way in found.items() if has_project(model) and model not in {Prompt, *along()}}


def leading_to(root: Table) -> dict[Table, str]:
    found: dict[Table, str] = {root: ""}
    while further := dict(led_to(found)):
        found |= further
    del found[root]
    return found


def has_project(model: Table) -> bool:
    return any(field.name == "project" for field in model._meta.concrete_fields)


def authored(model: Table) -> list[str]:
    """The columns of a table that name authors."""
    fields = model._meta.concrete_fields
    return [field.name for field in fields if isinstance(field, models.ForeignKey) and field.related_model is Author]
