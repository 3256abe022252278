"""What leads and admins do to accounts: roles, leaving and coming back, links for a new password. All is recorded."""

from copy import copy

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.dispatch import Signal
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from studio.accounts import audit, invitations
from studio.accounts.models import AuditEntry, User
from studio.accounts.roles import Capability, Role

# `person` was deactivated: whoever keeps work for them hands it to others. Accounts know nothing of work.
deactivated = Signal()
ADMINS = Q(is_superuser=True) | Q(role=Role.ADMIN)


class ActRefused(Exception):
    """Nobody may do this to this account now; the words say why, and what to do."""


class ResetTokens(PasswordResetTokenGenerator):
    """A link for a new password ends with the next sign-in, password, role or deactivation too."""

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        return f"{super()._make_hash_value(user, timestamp)}{user.role}{user.is_superuser}{user.is_active}"


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
    """Only admins do. A superuser who is to be less is no superuser any more. Whether the role is another."""
    refuse_other_than_admin(by)
    is_admin = role == Role.ADMIN
    return changed(
        by, person, Capability.ADMINISTER, role=role, is_staff=is_admin, is_superuser=is_admin and person.is_superuser
    )


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
    locked = User.objects.select_for_update().filter(Q(pk__in=[by.pk, person.pk]) | ADMINS).order_by("pk")
    found = {one.pk: one for one in locked}
    if by.pk not in found or person.pk not in found:
        raise ActRefused("This account was deleted meanwhile.")
    found[by.pk].token_scopes = by.token_scopes
    refuse_stranger(found[by.pk], found[person.pk])
    if right == Capability.ADMINISTER:
        refuse_other_than_admin(found[by.pk])
    now, before = found[person.pk], copy(found[person.pk])
    for name, value in fields.items():
        setattr(now, name, value)
    refuse_without_admin(now)
    now.save(update_fields=list(fields))
    for name in fields:
        setattr(person, name, getattr(now, name))
    return record_changes(by, before, now)


def refuse_without_admin(person: User) -> None:
    """Raises ActRefused where the studio would have no active admin, were the person saved like this."""
    stays = person.is_active and person.is_admin
    if not stays and list(User.objects.filter(ADMINS, is_active=True).values_list("pk", flat=True)) == [person.pk]:
        raise ActRefused("This is the last active admin. Make somebody else an admin first.")


def record_changes(by: User, before: User, after: User) -> bool:
    """What follows from another role or state of an account that is saved already. Whether there was one."""
    if role_name(before) != role_name(after):
        says = f"changed the role of {after.username} from {role_name(before)} to {role_name(after)}"
        audit.record(AuditEntry.Act.ROLE_CHANGED, by, after, says)
    if before.is_active and not after.is_active:
        after.sessions.all().delete()
        audit.record(AuditEntry.Act.DEACTIVATED, by, after, f"deactivated {after.username}")
        deactivated.send(User, person=after)
    if after.is_active and not before.is_active:
        audit.record(AuditEntry.Act.ACTIVATED, by, after, f"activated {after.username} again")
    invitations.revoke_all(by, after)
    return (role_name(before), before.is_active) != (role_name(after), after.is_active)


def role_name(person: User) -> str:
    return str(person.effective_role.label).lower()
