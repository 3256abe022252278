"""A frozen version to another project, to be read there; and taken back.

Shared is what was frozen: its records, and how many they are. How it came about is not: collections, pairs, people and
runs stay unseen, so it has pages and endpoints of its own there.
"""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.dispatch import receiver
from django.utils import timezone

from annotation.models import Version, VersionShare
from annotation.moves.preview import may_fill
from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, User
from studio.accounts.roles import Capability
from studio.projects.erasing import erasing
from studio.projects.models import Project
from studio.projects.rows import IsHere
from studio.projects.scope import inside


def readable() -> QuerySet[Version]:
    """The versions of the project at work, and those that are shared with it: what training may read."""
    shared = VersionShare.objects.filter(ended_at=None)
    return Version._base_manager.filter(Q(IsHere("project")) | Q(pk__in=shared.values("version")))


def share(version: Version, project: Project, by: User) -> VersionShare:
    """From now on; twice changes nothing. Raises PermissionDenied."""
    must_be_allowed(by)
    if project.pk == version.project_id or not may_fill(by, project):
        raise PermissionDenied("To share a version you need the right to manage data in both projects.")
    with transaction.atomic():
        shared, made = VersionShare._base_manager.get_or_create(
            version=version, project=project, ended_at=None, defaults={"by": by}
        )
        if made:
            record(AuditEntry.Act.SHARED, by, shared, f"shared {version} with the project {project}", "shared {} here")
    return shared


def end(shared: VersionShare, by: User) -> bool:
    """Runs that read it keep their record. Whether it was shared until now. Raises PermissionDenied."""
    must_be_allowed(by)
    with transaction.atomic():
        changed = VersionShare._base_manager.filter(pk=shared.pk, ended_at=None).update(ended_at=timezone.now())
        if changed:
            says = f"no longer shares {shared.version} with the project {shared.project}"
            record(AuditEntry.Act.SHARE_ENDED, by, shared, says, "no longer shares {} here")
    return bool(changed)


def must_be_allowed(by: User) -> None:
    if not by.can(Capability.MANAGE_DATA):
        raise PermissionDenied("To share a version you need the right to manage data.")


def record(act: AuditEntry.Act, by: User, shared: VersionShare, says: str, there: str) -> None:
    """A line in both projects; in the other one the project stands for the person, whom nobody there has to know."""
    audit.record(act, by, None, says)
    with inside(shared.project_id):
        owner = shared.version.project
        AuditEntry.objects.create(act=act, by=None, words=f"The project {owner} {there.format(shared.version)}")


@receiver(erasing)
def let_go(project: Project, **_: Any) -> None:
    """What the project shares goes with it."""
    VersionShare._base_manager.filter(version__project=project).delete()
