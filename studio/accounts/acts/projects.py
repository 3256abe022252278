"""What people do to projects: making, changing, archiving and erasing them. All is recorded."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, Membership, User
from studio.accounts.roles import Capability
from studio.projects import erasing
from studio.projects.models import Project
from studio.projects.scope import everywhere, inside


def may_make(user: User) -> bool:
    """Leads in the project at work, and admins."""
    return user.can(Capability.MANAGE_PEOPLE)


def may_change(user: User, project: Project) -> bool:
    with inside(project.pk):
        return user.can(Capability.MANAGE_PEOPLE)


def make(by: User, project: Project) -> Project:
    """A new project, saved; whoever makes it has the role there that they have here. Raises PermissionDenied."""
    if not may_make(by):
        raise PermissionDenied("A lead or an admin makes projects. Ask one of them.")
    role = by.role
    with transaction.atomic():
        project.save()
        with inside(project.pk):
            if role and not by.is_admin:
                Membership.objects.create(project=project, user=by, role=role)
            audit.record(AuditEntry.Act.PROJECT, by, None, f"made the project {project.slug}")
    return project


def change(by: User, project: Project) -> Project:
    """Name and description. Raises PermissionDenied."""
    refuse_stranger(by, project)
    with transaction.atomic(), inside(project.pk):
        project.save(update_fields=["name", "description"])
        audit.record(AuditEntry.Act.PROJECT, by, None, f"changed the words of the project {project.slug}")
    return project


def archive(by: User, project: Project, *, archived: bool = True) -> bool:
    """An archived project is read and not changed. Whether it was not so yet. Raises PermissionDenied."""
    refuse_stranger(by, project)
    rows = Project.objects.filter(pk=project.pk, archived_at__isnull=archived)
    with transaction.atomic(), inside(project.pk):
        changed = rows.update(archived_at=timezone.now() if archived else None)
        if changed:
            says = "archived" if archived else "restored"
            audit.record(AuditEntry.Act.PROJECT, by, None, f"{says} the project {project.slug}")
    return bool(changed)


def erase(by: User, project: Project, typed: str) -> None:
    """For good. Only an admin does, and types its slug. Raises PermissionDenied, EraseRefused."""
    if not by.can(Capability.ADMINISTER):
        raise PermissionDenied("Only an admin deletes a project.")
    if typed != project.slug:
        raise erasing.EraseRefused(f"Type {project.slug} to delete this project.")
    with transaction.atomic():
        erasing.erase(project)
        with everywhere():
            audit.record(AuditEntry.Act.PROJECT, by, None, f"deleted the project {project.slug}")


def refuse_stranger(by: User, project: Project) -> None:
    if not may_change(by, project):
        raise PermissionDenied(f"You may not change the project {project.slug}. Ask a lead of it.")
