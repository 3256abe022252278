"""The rows that are seen from where one is: one manager for every table that belongs to projects."""

from typing import Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func
from django.db.models.sql.compiler import SQLCompiler

from studio.projects.models import Project
from studio.projects.scope import EVERYWHERE, one_here, places

M = TypeVar("M", bound=models.Model)


class IsHere(Func):
    """Whether a row belongs to the project at work when the query is sent, not when it is written.

    So a query may be kept in a form or an endpoint, and be asked in one project and then in another.
    """

    output_field = models.BooleanField()

    def __init__(self, path: str) -> None:
        super().__init__(F(path))

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Any:  # type: ignore[override]  # stubs name more
        place = places()
        if place == EVERYWHERE:
            return "TRUE", []
        column, params = compiler.compile(self.get_source_expressions()[0])
        if isinstance(place, tuple):
            return f"{column} = ANY(%s)", [*params, list(place)]
        return f"{column} = %s", [*params, place]


class Rows(models.Manager[M]):
    """Those of the project at work."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(IsHere("project"))


def its_project(*, null: bool = False) -> "models.ForeignKey[Project, Project]":
    """The column of a table that belongs to projects: by default the project at work. Null is what belongs to all.

    Its index would be read where a narrower one serves: the tables have indexes that begin with it.
    """
    kept: dict[str, Any] = {"on_delete": models.PROTECT, "default": one_here, "editable": False, "null": null}
    return models.ForeignKey(Project, related_name="+", db_index=False, **kept)
