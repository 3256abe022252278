"""What leads and admins do to accounts: roles, leaving and coming back, links for a new password. All is recorded."""

from typing import NamedTuple

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from studio.accounts.acts import audit, invitations
from studio.accounts.models import AuditEntry, Membership, User
from studio.accounts.roles import Capability, Role
from studio.projects.scope import here, one_here

# `person` was deactivated, or left the project at work, `by` somebody: whoever keeps work for them hands it to others.
# Accounts know nothing of work.
deactivated, left = Signal(), Signal()
ADMINS = Q(is_superuser=True)
NO_MEMBER = "no member"


class Standing(NamedTuple):
    """What an account is at one moment; the role in words."""

    role: str
    is_active: bool

    @classmethod
    def of(cls, person: User) -> "Standing":
        return cls(role_name(person), person.is_active)


class ActRefused(Exception):
    """Nobody may do this to this account now; the words say why, and what to do."""


class ResetTokens(PasswordResetTokenGenerator):
    """A link for a new password ends with the next sign-in, password, role in any project or deactivation too."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        roles = [*user.memberships.order_by("pk").values_list("project", "role")]
        return f"{super()._make_hash_value(user, timestamp)}{roles}{user.is_superuser}{user.is_active}"


reset_tokens = ResetTokens()


def deactivate(by: User, person: User) -> bool:
    """Sessions end, tokens stop, open work waits for others. Whether they were active until now."""
    refuse_stranger(by, person)
    if by == person:
        raise ActRefused("You cannot deactivate yourself. Ask another admin to do it.")
    return changed(by, person, Capability.MANAGE_PEOPLE, is_active=False)


def activate(by: User, person: User) -> bool:
    """They may sign in again, and their tokens work again. Whether they were deactivated until now."""
    refuse_stranger(by, person)
    return changed(by, person, Capability.MANAGE_PEOPLE, is_active=True)


def change_role(by: User, person: User, role: Role) -> bool:
    """In the project at work; an admin is one everywhere. Only admins do. Whether the role is another."""
    refuse_other_than_admin(by)
    return changed(by, person, Capability.ADMINISTER, role=role)


@transaction.atomic
def remove(by: User, person: User) -> bool:
    """From the project at work: open work waits for others, what was judged stays. Whether they were a member.

    Leads remove those whom they may invite, everybody themself. Raises PermissionDenied.
    """
    if by != person and person.role not in by.invites:
        raise PermissionDenied(f"You may not remove {person.username} from this project. Ask an admin to do it.")
    removed, _ = Membership.objects.filter(user=person, project=one_here()).delete()
    if removed:
        person.forget_roles()
        record_left(by, person)
        invitations.revoke_all(by, person)
    return bool(removed)


def reset_key(by: User, person: User) -> tuple[str, str]:
    """What the address of a link for a new password says: whose, and its secret."""
    refuse_stranger(by, person)
    if by == person:
        raise ActRefused("Change your own password under Settings → Password.")
    if not person.is_active:
        raise ActRefused(f"{person.username} is deactivated. Activate the account first.")
    audit.record(AuditEntry.Act.RESET, by, person, f"made a link for a new password for {person.username}")
    return key_for(person)


def key_for(person: User) -> tuple[str, str]:
    return urlsafe_base64_encode(force_bytes(person.pk)), reset_tokens.make_token(person)


def refuse_stranger(by: User, person: User) -> None:
    if not by.manages(person):
        raise PermissionDenied(f"You may not change the account of {person.username}. Ask an admin to do it.")


def refuse_other_than_admin(by: User) -> None:
    if not by.can(Capability.ADMINISTER):
        raise PermissionDenied("Only an admin changes roles.")


@transaction.atomic
def changed(by: User, person: User, right: Capability, **fields: object) -> bool:
    """Both, and all admins, are locked in one order and asked again: of two who deactivate each other one stays."""
    locked = User.objects.select_for_update(of=("self",)).filter(Q(pk__in=[by.pk, person.pk]) | ADMINS).order_by("pk")
    found = {one.pk: one for one in locked}
    if by.pk not in found or person.pk not in found:
        raise ActRefused("This account was deleted meanwhile.")
    found[by.pk].token_scopes = by.token_scopes
    refuse_stranger(found[by.pk], found[person.pk])
    if right == Capability.ADMINISTER:
        refuse_other_than_admin(found[by.pk])
    now = found[person.pk]
    before = Standing.of(now)
    for name, value in fields.items():
        setattr(now, name, value)
    refuse_without_admin(now)
    now.save(update_fields=["is_active", "is_staff", "is_superuser"])
    if "role" in fields and (role := now.role) and not now.is_admin:
        Membership.objects.update_or_create(user=now, project_id=here(), defaults={"role": role})
    for name in fields:
        setattr(person, name, getattr(now, name))
    return record_changes(by, before, now)


def refuse_without_admin(person: User) -> None:
    """Raises ActRefused where the studio would have no active admin, were the person saved like this."""
    stays = person.is_active and person.is_admin
    if not stays and list(User.objects.filter(ADMINS, is_active=True).values_list("pk", flat=True)) == [person.pk]:
        raise ActRefused("This is the last active admin. Make somebody else an admin first.")


def record_changes(by: User, before: Standing, after: User) -> bool:
    """What follows from another role or state of an account that is saved already. Whether there was one."""
    now = Standing.of(after)
    if before.role != now.role:
        record_role(by, before.role, after)
    if before.is_active and not after.is_active:
        after.sessions.all().delete()
        audit.record(AuditEntry.Act.DEACTIVATED, by, after, f"deactivated {after.username}")
        deactivated.send(User, person=after, by=by)
    if after.is_active and not before.is_active:
        audit.record(AuditEntry.Act.ACTIVATED, by, after, f"activated {after.username} again")
    invitations.revoke_all(by, after)
    return before != now


def record_role(by: User, before: str, person: User) -> None:
    """That it is another one than `before`, in the project at work; everywhere, that they are an admin or none."""
    now = role_name(person)
    if now == NO_MEMBER:
        record_left(by, person)
    elif before == NO_MEMBER:
        audit.record(AuditEntry.Act.ADDED, by, person, f"added {person.username} as {now}")
    else:
        says = f"changed the role of {person.username} from {before} to {now}"
        audit.record(AuditEntry.Act.ROLE_CHANGED, by, person, says)


def record_left(by: User, person: User) -> None:
    says = "left the project" if by == person else f"removed {person.username} from the project"
    audit.record(AuditEntry.Act.LEFT, by, person, says)
    left.send(User, person=person, by=by)


def role_name(person: User) -> str:
    if person.role:
        return str(person.role.label).lower()
    return NO_MEMBER if one_here() else "no admin"
