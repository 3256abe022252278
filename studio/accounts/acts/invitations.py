"""Links by which people make their own accounts: made by who may give the role, used by whoever has them, revoked."""

import secrets
from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from studio.accounts.acts import audit
from studio.accounts.models import AuditEntry, Invitation, Membership, User, digest
from studio.accounts.roles import Role
from studio.projects.rows import IsHere
from studio.projects.scope import everywhere, inside
from studio.words import counted

LASTS = timedelta(days=7)
LONGEST = timedelta(days=366)
MOST_USES = 1000


class InvitationClosed(Exception):
    """Nobody joins by this link any more; the words say why, and what to do."""


CLOSED = {
    Invitation.State.REVOKED: "This invitation was taken back.",
    Invitation.State.USED_UP: "This invitation is used up: as many people joined by it as it was made for.",
    Invitation.State.ENDED: "This invitation has ended.",
}
REMEDY = "Ask whoever sent it to you for a new link."


def invite(
    by: User, role: Role, uses: int = 1, ends_at: datetime | None = None, note: str = ""
) -> tuple[Invitation, str]:
    """A new invitation, and the key of its link, which nobody can read again.

    Raises PermissionDenied where `by` may not invite to the role.
    """
    if role not in by.invites:
        raise PermissionDenied(f"You may not invite anybody to be {role.label.lower()}. Ask an admin to do it.")
    key = secrets.token_urlsafe(32)
    ends_at = ends_at or timezone.now() + LASTS
    with transaction.atomic():
        made = Invitation.objects.create(
            made_by=by, role=role, uses=uses, ends_at=ends_at, note=note, digest=digest(key)
        )
        until = f"{timezone.localtime(ends_at):%Y-%m-%d %H:%M} UTC"
        says = f"invited {counted(uses, role.label.lower())} by a link until {until} (#{made.pk})"
        audit.record(AuditEntry.Act.INVITED, by, None, says)
    return made, key


def find(key: str) -> Invitation | None:
    """Of any project: whoever has the link may see where it leads."""
    with everywhere():
        return Invitation.objects.select_related("made_by", "project").filter(digest=digest(key)).first()


def inviter() -> Coalesce:
    """As a column of people: by whose link they came into the project at work; null where they came otherwise."""
    theirs = Membership.objects.filter(IsHere("project"), user=OuterRef("pk"))
    admins = Invitation.objects.filter(pk=OuterRef("invitation"))
    return Coalesce(
        Subquery(theirs.values("invitation__made_by__username")), Subquery(admins.values("made_by__username"))
    )


def joined() -> Coalesce:
    """As a column of people: since when they are in the project at work; an admin since they have an account."""
    theirs = Membership.objects.filter(IsHere("project"), user=OuterRef("pk"))
    return Coalesce(Subquery(theirs.values("joined_at")), "date_joined")


def refuse_closed(invitation: Invitation) -> None:
    if invitation.state != Invitation.State.OPEN:
        raise InvitationClosed(f"{CLOSED[invitation.state]} {REMEDY}")


@transaction.atomic
def join(invitation: Invitation, person: User) -> User:
    """Makes a member of a person, who may be new and not saved yet, or an admin. Whoever has a role keeps it.

    Of two who come for the last use at once one gets it: the update of the row decides. Raises InvitationClosed.
    """
    with inside(invitation.project_id):
        if not Invitation.objects.open().filter(pk=invitation.pk).update(used=F("used") + 1):
            now = Invitation.objects.filter(pk=invitation.pk).first()
            if now is None:
                raise InvitationClosed(f"{CLOSED[Invitation.State.REVOKED]} {REMEDY}")
            refuse_closed(now)
        role = Role(invitation.role)
        if role == Role.ADMIN and not person.is_admin:
            person.is_superuser = person.is_staff = True
            person.invitation = invitation
        if person.pk is None:
            person.save()
        elif role == Role.ADMIN:
            person.save(update_fields=["is_superuser", "is_staff", "invitation"])
        if not person.is_admin:
            joined = {"project_id": invitation.project_id, "user": person}
            Membership.objects.get_or_create(**joined, defaults={"role": role, "invitation": invitation})
        inviter = invitation.made_by.username
        says = f"joined as {role.label.lower()}, invited by {inviter} (#{invitation.pk})"
        audit.record(AuditEntry.Act.JOINED, person, person, says)
    return person


def revoke(by: User, invitation: Invitation) -> bool:
    """Whether it was open until now. Raises PermissionDenied where `by` may not invite to its role."""
    if invitation.role not in by.invites:
        raise PermissionDenied("You may not take this invitation back. Ask an admin to do it.")
    return take_back(by, invitation)


def revoke_all(by: User, inviter: User) -> None:
    """Those open links of somebody, in any project, that they could not make any more."""
    with everywhere():
        projects = set(inviter.invitations.open().values_list("project", flat=True))
    for project in projects:
        with inside(project):
            for invitation in inviter.invitations.open().exclude(role__in=inviter.invites):
                take_back(by, invitation)


@transaction.atomic
def take_back(by: User, invitation: Invitation) -> bool:
    changed = Invitation.objects.open().filter(pk=invitation.pk).update(revoked_at=timezone.now())
    if changed:
        says = f"revoked an invitation of {counted(invitation.uses, invitation.role)} (#{invitation.pk})"
        audit.record(AuditEntry.Act.REVOKED, by, None, says)
    return bool(changed)
