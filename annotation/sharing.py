"""Something of one project to another, to be read or used there and not changed; and taken back.

What can be shared is a `Share` of `annotation.models.shares`: dataset versions and, in training, checkpoints.
"""

from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from annotation.models.shares import Share
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.accounts.roles import Capability
from studio.projects.models import Project
from studio.projects.scope import inside

# `shared`, of the sender's kind, has begun or ended just now, in the same transaction.
began, ended = Signal(), Signal()

S = TypeVar("S", bound=Share)


@transaction.atomic
def share(kind: type[S], row: Any, project: Project, by: User) -> S:
    """`row` is one of what `kind` shares. From now on; twice changes nothing. Raises PermissionDenied."""
    must_be_allowed(kind, by)
    if project.pk == row.project_id or not by.projects_to(Capability.MANAGE_DATA).contains(project):
        raise PermissionDenied(f"To share a {kind.of} you need the right to manage data in both projects.")
    asked = {kind.of: row, "project": project, "ended_at": None}
    # Nobody moves it away meanwhile; what went shares nobody here.
    if not type(row).objects.select_for_update(no_key=True).filter(pk=row.pk).exists():
        raise PermissionDenied(f"{row} is not in this project any more.")
    shared, made = kind._base_manager.get_or_create(**asked, defaults={"by": by})
    if made:
        began.send(kind, shared=shared)
        record(AuditEntry.Act.SHARED, by, shared, f"shared {row} with the project {project}", "shared {} here")
    return shared


@transaction.atomic
def end(shared: Share, by: User) -> bool:
    """Runs that had it keep their record. Whether it was shared until now. Raises PermissionDenied."""
    must_be_allowed(type(shared), by)
    rows = type(shared)._base_manager.filter(pk=shared.pk, ended_at=None)
    changed = rows.update(ended_at=timezone.now())
    if changed:
        ended.send(type(shared), shared=shared)
        says = f"no longer shares {shared.shared} with the project {shared.project}"
        record(AuditEntry.Act.SHARE_ENDED, by, shared, says, "no longer shares {} here")
    return bool(changed)


def must_be_allowed(kind: type[Share], by: User) -> None:
    if not by.can(Capability.MANAGE_DATA):
        raise PermissionDenied(f"To share a {kind.of} you need the right to manage data.")


def record(act: AuditEntry.Act, by: User, shared: Share, says: str, there: str) -> None:
    """A line in both projects."""
    audit.record(act, by, None, says)
    tell(act, shared, there)


def tell(act: AuditEntry.Act, shared: Share, there: str) -> None:
    """A line in the other project; the owner stands for the person, whom nobody there has to know."""
    with inside(shared.project_id):
        words = f"The project {shared.owner} {there.format(shared.shared)}"
        AuditEntry.objects.create(act=act, by=None, words=words)


def let_go(kind: type[Share], project: Project) -> None:
    """What a project that is erased shares goes with it; who had it keeps a line that says so."""
    rows = kind._base_manager.filter(**{f"{kind.of}__project": project})
    for shared in rows.filter(ended_at=None).exclude(project=project).select_related(f"{kind.of}__project"):
        tell(AuditEntry.Act.SHARE_ENDED, shared, "was deleted, and no longer shares {} here")
    rows.delete()
