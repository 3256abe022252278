"""The page of an invitation's link: whom it lets in, and what it says to others."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from studio.accounts.acts import invitations
from studio.accounts.models import Invitation, User
from studio.accounts.roles import Role
from studio.accounts.sign_in.address_limits import UnknownInvitations
from tests.conftest import HERE

pytestmark = pytest.mark.django_db

PASSWORD = "battery staple 7"


def fields(name: str = "nina", **other: str) -> dict[str, str]:
    return {"username": name, "password1": PASSWORD, "password2": PASSWORD, **other}


def link(by: User, role: Role = Role.ANNOTATOR, uses: int = 1) -> str:
    return f"/join/{invitations.invite(by, role, uses)[1]}/"


def test_the_page_says_who_invites_to_what(outsider: Client, lea: User) -> None:
    page = outsider.get(link(lea))
    text = page.content.decode()
    assert page.status_code == 200 and "Lea" in text and "annotator" in text and Role.ANNOTATOR.may in text
    assert "no-store" in page.headers["Cache-Control"]


@pytest.mark.parametrize(("role", "leads_to"), [(Role.ANNOTATOR, "/review/"), (Role.LEAD, "/")])
def test_whoever_joins_is_signed_in_and_led_to_work(outsider: Client, lea: User, role: Role, leads_to: str) -> None:
    answer = outsider.post(link(lea, role), fields(first_name="Nina", email="nina@example.org"))
    nina = User.objects.get(username="nina")
    assert answer.headers["Location"] == f"{HERE}{leads_to}" and outsider.get("/settings/").status_code == 200
    assert (nina.role, nina.first_name, nina.check_password(PASSWORD)) == (role, "Nina", True)
    assert nina.memberships.get(invitation__made_by=lea) and not (nina.is_staff or nina.is_superuser)


def test_nobody_gives_themselves_more_than_they_were_invited_to(outsider: Client, lea: User) -> None:
    outsider.post(link(lea), fields(role="admin", is_superuser="on", is_staff="on", is_active=""))
    nina = User.objects.get(username="nina")
    assert (nina.role, nina.is_superuser, nina.is_staff, nina.is_active) == ("annotator", False, False, True)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"username": "Lea"}, "already exists"),
        ({"username": "a b"}, "Enter a valid username"),
        ({"password1": "123", "password2": "123"}, "too short"),
        ({"password2": "another one 8"}, "match"),
        ({"email": "nina"}, "valid email"),
    ],
)
def test_a_form_that_is_wrong_says_so_and_uses_nothing(
    outsider: Client, lea: User, wrong: dict[str, str], says: str
) -> None:
    page = outsider.post(link(lea), fields() | wrong)
    assert page.status_code == 200 and says in page.content.decode()
    assert Invitation.objects.get().used == 0 and User.objects.count() == 1


def test_what_lets_nobody_in_says_why_by_one_page(outsider: Client, lea: User) -> None:
    for change, says in (
        ({"used": 1}, "used up"),
        ({"ends_at": timezone.now() - timedelta(minutes=1)}, "has ended"),
        ({"revoked_at": timezone.now()}, "was taken back"),
    ):
        at = link(lea)
        Invitation.objects.filter(pk=Invitation.objects.latest("pk").pk).update(**change)
        for page in (outsider.get(at), outsider.post(at, fields())):
            assert page.status_code == 404 and says in page.content.decode()
    assert User.objects.count() == 1


def test_an_unknown_link_says_nothing_of_those_that_are_known(outsider: Client, lea: User) -> None:
    known = link(lea)
    for unknown in ("/join/x/", known[:-2] + "/", known[:-1] + "x/"):
        page = outsider.get(unknown)
        assert page.status_code == 404 and "Nobody made this link" in page.content.decode()


def test_who_guesses_waits_and_a_good_link_opens(outsider: Client, lea: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(UnknownInvitations, "rate", "2/min")
    codes = [outsider.get(f"/join/{n}/").status_code for n in range(3)]
    assert codes == [404, 404, 429]
    assert int(outsider.get("/join/more/").headers["Retry-After"]) > 0
    assert outsider.get(link(lea)).status_code == 200


def test_who_is_signed_in_is_told_so(signed_in: Callable[[User], Client], lea: User, ann: User) -> None:
    at = link(lea)
    for page in (signed_in(ann).get(at), signed_in(ann).post(at, fields())):
        assert "You are signed in as" in page.content.decode()
    assert Invitation.objects.get().used == 0


def test_one_link_of_two_uses_lets_two_in(lea: User) -> None:
    at = link(lea, uses=2)
    codes = [Client().post(at, fields(name)).status_code for name in ("nina", "nora", "nele")]
    assert codes == [302, 302, 404] and Invitation.objects.get().used == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_come_for_the_last_use_at_once_one_joins(at_once: Callable[..., Any], lea: User) -> None:
    at, codes = link(lea), []
    at_once(4, lambda n: codes.append(Client().post(at, fields(f"nina{n}")).status_code))
    assert sorted(codes) == [302, 404, 404, 404]
    assert User.objects.filter(memberships__invitation__isnull=False).count() == 1
