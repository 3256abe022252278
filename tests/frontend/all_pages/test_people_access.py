"""The outsider's test of every page about people: strangers sign in first, annotators and leads do what they may."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import resolve

from studio.accounts.acts import invitations
from studio.accounts.models import AuditEntry, Invitation, User
from studio.accounts.roles import Role
from tests.frontend.all_pages.routes import routes

SignIn = Callable[[User], Client]

READ = ["/people/", "/people/1/account/", "/people/audit/", "/people/invitations/", "/people/invitations/new/"]
ACTS = ["activate", "deactivate", "remove", "reset", "role"]
POST = ["/people/invitations/1/revoke/", *(f"/people/1/account/{act}/" for act in ACTS)]


@pytest.mark.parametrize("path", READ)
def test_a_stranger_is_asked_to_sign_in_and_an_annotator_is_turned_away(
    outsider: Client, signed_in: SignIn, ann: User, path: str
) -> None:
    answer = outsider.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/sign-in/?next={path}")
    assert signed_in(ann).get(path).status_code == signed_in(ann).post(path).status_code == 403


@pytest.mark.parametrize("path", POST)
def test_nobody_else_changes_anything(outsider: Client, signed_in: SignIn, ann: User, path: str) -> None:
    assert outsider.post(path).status_code == 302
    assert signed_in(ann).post(path).status_code == 403
    assert outsider.get(path).status_code == 405
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("act", ACTS)
def test_a_lead_does_nothing_to_an_engineer(signed_in: SignIn, lea: User, eli: User, act: str) -> None:
    answer = signed_in(lea).post(f"/people/{eli.pk}/account/{act}/", {"role": "annotator"})
    eli.refresh_from_db()
    assert answer.status_code == 403 and (eli.role, eli.is_active) == ("engineer", True)
    assert not AuditEntry.objects.exists()


def test_a_lead_changes_no_role_and_is_offered_none(signed_in: SignIn, lea: User, ann: User) -> None:
    client = signed_in(lea)
    assert client.post(f"/people/{ann.pk}/account/role/", {"role": "lead"}).status_code == 403
    assert f"/people/{ann.pk}/account/role/" not in client.get(f"/people/{ann.pk}/").content.decode()


def test_a_lead_neither_makes_nor_finds_an_invitation_of_an_engineer(signed_in: SignIn, lea: User, ada: User) -> None:
    made, _ = invitations.invite(ada, Role.ENGINEER, note="For the new machine")
    client = signed_in(lea)
    assert client.post(f"/people/invitations/{made.pk}/revoke/").status_code == 404
    assert "For the new machine" not in client.get("/people/invitations/").content.decode()
    form = {"role": "engineer", "uses": "1", "ends_on": made.ends_at.date().isoformat()}
    assert "not one of the available choices" in client.post("/people/invitations/new/", form).content.decode()
    assert Invitation.objects.open().count() == 1


def test_no_page_about_people_is_forgotten_here() -> None:
    ours = {route for route in routes(("people/",)) if "account" in route or "<int" not in route}
    assert {resolve(path).route for path in [*READ, *POST]} >= ours - {"people/activity/"}
