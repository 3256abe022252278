"""Making links and taking them back."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from smtplib import SMTPException
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from studio.accounts.acts import invitations, letters
from studio.accounts.models import Invitation, User
from studio.accounts.roles import Role

SignIn = Callable[[User], Client]
NEW = "/people/invitations/new/"


def form(**other: str) -> dict[str, str]:
    day = timezone.localdate() + timedelta(days=3)
    return {"role": "annotator", "uses": "2", "ends_on": day.isoformat(), "note": "Autumn", **other}


def test_the_link_is_shown_once_in_full_and_opens(signed_in: SignIn, lea: User, outsider: Client) -> None:
    client = signed_in(lea)
    answer = client.post(NEW, form())
    found = re.search(r"<code>http://testserver(/join/[\w-]+/)</code>", answer.content.decode())
    assert found and "no-store" in answer.headers["Cache-Control"]
    assert outsider.get(found[1]).status_code == 200
    assert found[1] not in client.get("/people/invitations/").content.decode()


def test_the_last_day_counts_whole(signed_in: SignIn, lea: User) -> None:
    signed_in(lea).post(NEW, form(ends_on=timezone.localdate().isoformat()))
    ends = Invitation.objects.get().ends_at
    assert timezone.now() < ends and timezone.localtime(ends).time().isoformat() == "00:00:00"


def test_each_role_that_may_be_given_says_what_it_may(signed_in: SignIn, lea: User, ada: User) -> None:
    of_lead, of_admin = (signed_in(one).get(NEW).content.decode() for one in (lea, ada))
    assert all(role.may in of_admin for role in Role)
    assert [role for role in Role if role.may in of_lead] == [Role.ANNOTATOR, Role.LEAD]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"role": "admin"}, "not one of the available choices"),
        ({"uses": "0"}, "greater than or equal to 1"),
        ({"uses": "1001"}, "less than or equal to 1000"),
        ({"ends_on": "2020-01-01"}, "within a year"),
        ({"ends_on": date.max.isoformat()}, "within a year"),
        ({"ends_on": "soon"}, "Enter a valid date"),
        ({"note": "x" * 201}, "at most 200"),
    ],
)
def test_a_form_that_is_wrong_makes_no_link(signed_in: SignIn, lea: User, wrong: dict[str, str], says: str) -> None:
    assert says in signed_in(lea).post(NEW, form(**wrong)).content.decode()
    assert not Invitation.objects.exists()


def test_the_list_says_who_joined_and_how_many_may_yet(signed_in: SignIn, lea: User) -> None:
    made, _ = invitations.invite(lea, Role.ANNOTATOR, uses=7)
    for n in range(6):
        invitations.join(made, User(username=f"nina{n}"))
    page = signed_in(lea).get("/people/invitations/").content.decode()
    assert "1 of 7" in page and "nina0, nina1, nina2, nina3 and 2 more" in " ".join(page.split())


@pytest.mark.parametrize("state", [state.value for state in Invitation.State])
def test_a_state_of_the_filter_is_the_state_of_its_rows(signed_in: SignIn, lea: User, state: str) -> None:
    past, now = timezone.now() - timedelta(days=1), timezone.now()
    changes: list[dict[str, Any]] = [{"used": 0}, {"used": 1}, {"ends_at": past}, {"used": 1, "ends_at": past}]
    for change in [*changes, {"revoked_at": now, "ends_at": past}]:
        Invitation.objects.filter(pk=invitations.invite(lea, Role.LEAD)[0].pk).update(**change)
    page = signed_in(lea).get("/people/invitations/", {"state": state}).content.decode()
    shown = {int(pk) for pk in re.findall(r'id="row-(\d+)"', page)}
    assert shown == {one.pk for one in Invitation.objects.all() if one.state == state} != set()


def test_a_link_is_taken_back(signed_in: SignIn, lea: User) -> None:
    made, _ = invitations.invite(lea, Role.ANNOTATOR)
    client = signed_in(lea)
    for says in ("is taken back", "Nothing changed"):
        page = client.post(f"/people/invitations/{made.pk}/revoke/", follow=True).content.decode()
        assert says in page and "revoked" in page


def test_it_is_sent_where_the_studio_sends_mail(signed_in: SignIn, lea: User, settings: Any) -> None:
    assert "send_to" not in signed_in(lea).get(NEW).content.decode()
    settings.SENDS_EMAIL = True
    page = signed_in(lea).post(NEW, form(send_to="nina@example.org")).content.decode()
    assert "It was sent to nina@example.org" in page
    assert mail.outbox[0].to == ["nina@example.org"] and "http://testserver/join/" in mail.outbox[0].body


def test_a_mail_server_that_refuses_leaves_the_link(
    signed_in: SignIn, lea: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise SMTPException("no such mailbox")

    settings.SENDS_EMAIL = True
    monkeypatch.setattr(letters, "send_mail", refuse)
    page = signed_in(lea).post(NEW, form(send_to="nina@example.org")).content.decode()
    assert "could not be sent to nina@example.org" in page and "/join/" in page
