"""Keeping a judge or an endpoint to some projects: what the admin site, the studio's page and the API call."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform

from annotation.judges.config import registry
from annotation.models import Author
from annotation.models.keeping import IsUsable, Kept, KeptJudge
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.projects.models import Project
from studio.projects.scope import everywhere

ALL_DELETED = "All projects that it was kept to are deleted. {remedy}"


def keep(by: User, row: Kept, projects: Sequence[Project]) -> None:
    """Only these may use it from now on; none are all. The row is saved, and a change is on record."""
    changed = row.keep_to(projects)
    row.save()
    if changed:
        record(by, row)


@transaction.atomic
def keep_judge(by: User, name: str, projects: Sequence[Project]) -> KeptJudge:
    """A judge by its name, all its versions; gives its row, as it is or would be."""
    rows = KeptJudge.objects.select_for_update()
    row: KeptJudge | None = rows.get_or_create(name=name)[0] if projects else rows.filter(name=name).first()
    if row is None:
        return KeptJudge(name=name)
    keep(by, row, projects)
    return row


def record(by: User, row: Kept) -> None:
    """Of no project: nobody but admins reads the names of others there."""
    with everywhere():
        audit.record(AuditEntry.Act.PROJECT, by, None, f"keeps the {row.NOUN} {row} to {row.kept_words}"[:500])


def row_of(author: Author) -> KeptJudge | None:
    """To which projects the judge is kept that an author is a version of.

    The row is not saved where the judge is for all. None where the studio has no such judge, so that no project could
    ask it: its judgments were imported.
    """
    name = author.details.get("judge")
    row = KeptJudge.objects.filter(name=name).first()
    return row or (KeptJudge(name=name) if name in registry.everywhere() else None)


def is_withdrawn() -> Exists:
    """Of an author who is a judge: whether the project at work may not ask it. Names no project."""
    named = KeptJudge.objects.filter(name=KeyTextTransform("judge", OuterRef("details")))
    return Exists(named.filter(~Q(IsUsable())))
