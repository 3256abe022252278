"""What an admin keeps to some projects: elsewhere it is neither listed, offered nor usable."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Func
from django.db.models.sql.compiler import SQLCompiler

from studio.projects.models import Project
from studio.projects.scope import one_here


class IsUsable(Func):
    """Whether the project at work when the query is sent may use a row; outside of one, as for an admin, any."""

    output_field = models.BooleanField()

    def __init__(self) -> None:
        super().__init__(F("kept_to"))

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any) -> Any:  # type: ignore[override]  # stubs name more
        project = one_here()
        if project is None:
            return "TRUE", []
        column, params = compiler.compile(self.get_source_expressions()[0])
        return f"({column} = '{{}}' OR %s = ANY({column}))", [*params, project, *params]


class KeptQuerySet(models.QuerySet[Any]):
    def usable(self) -> Self:
        """Those that the project at work may use."""
        return self.filter(IsUsable())


class Kept(models.Model):
    """`kept_to` are ids of projects, and empty is all of them.

    They are no references: of a project that was deleted the id stays, or what was kept to it alone would be open to
    all from then on. No id is given twice.
    """

    NOUN: ClassVar[str]

    kept_to = ArrayField(models.BigIntegerField(), default=list, blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_usable(self) -> bool:
        """As the words of the query say."""
        project = one_here()
        return project is None or self.is_for_all or project in self.kept_to

    @property
    def projects(self) -> list[Project]:
        """Those of them that there are, by name."""
        return list(Project.objects.filter(pk__in=self.kept_to)) if self.kept_to else []

    @property
    def is_for_all(self) -> bool:
        return not self.kept_to

    @property
    def is_kept_to_nobody(self) -> bool:
        """All projects that it was kept to are deleted."""
        return bool(self.kept_to) and not self.projects

    @property
    def kept_words(self) -> str:
        """For whom it is, in words."""
        if self.is_for_all:
            return "all projects"
        return ", ".join(project.slug for project in self.projects) or "no project any more"

    def keep_to(self, projects: Sequence[Project]) -> bool:
        """Whether that changes it; it is not saved yet."""
        chosen = sorted(project.pk for project in projects)
        # Nobody who saves the form of what is kept to deleted projects means to open it to all.
        if not chosen and self.is_kept_to_nobody:
            return False
        changed, self.kept_to = chosen != sorted(self.kept_to), chosen
        return changed


class KeptJudge(Kept):
    """A judge by its name that only some projects may use. A judge without a row is for all."""

    NOUN = "judge"

    name = models.CharField(max_length=200, unique=True)

    objects = KeptQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def hidden_judges() -> set[str]:
    """Names of judges that the project at work may not use."""
    return {judge.name for judge in KeptJudge.objects.all() if not judge.is_usable}
