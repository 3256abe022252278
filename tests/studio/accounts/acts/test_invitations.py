"""Links that make accounts: who may make and revoke them, what is kept of them, and when they close."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from studio.accounts.acts import invitations, people
from studio.accounts.acts.invitations import InvitationClosed
from studio.accounts.models import AuditEntry, Invitation, User
from studio.accounts.roles import Role

pytestmark = pytest.mark.django_db


def test_a_key_is_long_and_only_its_digest_is_kept(lea: User) -> None:
    made, key = invitations.invite(lea, Role.ANNOTATOR)
    assert len(key) >= 43 and key not in str(list(Invitation.objects.values()))
    assert invitations.find(key) == made
    assert invitations.find(key[:-1]) is invitations.find(made.digest) is invitations.find("") is None


def test_a_link_lasts_a_week_and_lets_one_in_unless_told_otherwise(lea: User) -> None:
    made, _ = invitations.invite(lea, Role.ANNOTATOR)
    assert made.uses == 1 and timedelta(days=6, hours=23) < made.ends_at - timezone.now() <= timedelta(days=7)


@pytest.mark.parametrize("role", [Role.ENGINEER, Role.ADMIN])
def test_a_lead_invites_nobody_to_more_than_a_lead_may(lea: User, role: Role) -> None:
    with pytest.raises(PermissionDenied, match="Ask an admin"):
        invitations.invite(lea, role)
    assert not Invitation.objects.exists() and not AuditEntry.objects.exists()


def test_an_annotator_invites_nobody_and_an_admin_anybody(ann: User, ada: User) -> None:
    with pytest.raises(PermissionDenied):
        invitations.invite(ann, Role.ANNOTATOR)
    assert [invitations.invite(ada, role)[0].role for role in Role] == list(Role)


def test_who_joins_as_admin_may_enter_the_admin_site(ada: User) -> None:
    person = invitations.join(invitations.invite(ada, Role.ADMIN)[0], User(username="nina"))
    assert person.is_staff and person.is_superuser


def test_a_link_is_revoked_once_by_who_may_make_such(lea: User, eli: User, ada: User) -> None:
    made, other = invitations.invite(lea, Role.LEAD)[0], invitations.invite(ada, Role.ENGINEER)[0]
    assert invitations.revoke(eli, made) and not invitations.revoke(lea, made)
    with pytest.raises(PermissionDenied):
        invitations.revoke(lea, other)
    with pytest.raises(InvitationClosed, match="was taken back. Ask whoever sent it"):
        invitations.join(Invitation.objects.get(pk=made.pk), User(username="nina"))


def test_a_name_that_is_taken_costs_no_use(lea: User, ann: User) -> None:
    made, _ = invitations.invite(lea, Role.ANNOTATOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        invitations.join(made, User(username="ann"))
    made.refresh_from_db()
    assert made.used == 0


def test_the_links_of_somebody_who_leaves_or_falls_close(lea: User, eli: User, ada: User) -> None:
    for person in (lea, eli):
        invitations.invite(person, Role.LEAD)
    people.deactivate(ada, lea)
    people.change_role(ada, eli, Role.ANNOTATOR)
    assert not Invitation.objects.open().exists()


def test_the_database_lets_no_more_join_than_were_invited(lea: User) -> None:
    made, _ = invitations.invite(lea, Role.ANNOTATOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Invitation.objects.filter(pk=made.pk).update(used=2)
