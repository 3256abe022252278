"""Which projects may ask a judge: in words, and the form in which an admin says so."""

from dataclasses import dataclass
from typing import Any

from django import forms

from annotation.keeping import ALL_DELETED, row_of
from annotation.models import Author, KeptJudge
from frontend.kit.widgets import Checks, described
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.projects.models import Project
from studio.words import counted

# So many are named; the form names the others.
NAMED = 3
GONE = "A project that you chose is not there any more. Choose again."


class ProjectsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # generic for the type checker only
    def label_from_instance(self, project: Any) -> str:
        return described(project.name, project.slug)


class ProjectsForm(forms.Form):
    projects = ProjectsField(
        Project.objects.all(),
        required=False,
        widget=Checks,
        label="Only these projects",
        help_text="None chosen: all projects. Some chosen: others are not offered it and cannot ask it. "
        "This holds for all its versions.",
        error_messages={"invalid_choice": GONE, "invalid_pk_value": GONE},
    )

    def __init__(self, row: KeptJudge, data: Any = None) -> None:
        super().__init__(data, initial={"projects": row.projects})
        self.row = row

    def clean_projects(self) -> list[Project]:
        chosen = list(self.cleaned_data["projects"])
        if not chosen and self.row.is_kept_to_nobody:
            remedy = "Choose one that may ask it; then none opens it to all."
            raise forms.ValidationError(ALL_DELETED.format(remedy=remedy))
        return chosen


@dataclass(frozen=True)
class KeptTo:
    """What an admin sees of it."""

    name: str
    words: str
    form: ProjectsForm


def kept_to(by: User, judge: Author) -> KeptTo | None:
    """None for those who do not administer, and where the studio has no such judge."""
    row = row_of(judge) if by.can(Capability.ADMINISTER) else None
    return KeptTo(row.name, words(row), ProjectsForm(row)) if row else None


def words(row: KeptJudge) -> str:
    """`for all projects`, `for North and South only`, `for no project any more`."""
    if row.is_for_all:
        return "for all projects"
    names = [project.name for project in row.projects]
    if not names:
        return "for no project any more: those chosen are deleted"
    shown, more = names[:NAMED], len(names) - NAMED
    shown += [counted(more, "more", "more")] if more > 0 else []
    return f"only for {', '.join(shown[:-1])} and {shown[-1]}" if shown[1:] else f"only for {shown[0]}"
