"""The list of people, and the page of one account with what may be done to it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from studio.accounts.acts import invitations, people
from studio.accounts.models import AuditEntry, Membership, User
from studio.accounts.roles import Role
from studio.projects.scope import here
from tests.conftest import HERE, person
from tests.frontend.counting import queries
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]


def account(of: User, act: str = "") -> str:
    """The page of a person, or an act on their account."""
    return f"/people/{of.pk}/account/{act}" if act else f"/people/{of.pk}/"


def test_the_list_says_who_is_there_since_when_and_by_whom(signed_in: SignIn, lea: User, ann: User) -> None:
    invitations.join(invitations.invite(lea, Role.ANNOTATOR)[0], User(username="nina", first_name="Nina"))
    people.deactivate(lea, ann)
    page = signed_in(lea).get("/people/").content.decode()
    assert all(words in page for words in ("nina", "Nina", "deactivated", "never", "annotator"))


@pytest.mark.parametrize(
    ("query", "shown"),
    [("role=lead", ["lea"]), ("role=admin", ["ada"]), ("state=deactivated", ["bob"]), ("q=AN", ["ann"])],
)
def test_the_list_is_narrowed(
    signed_in: SignIn, lea: User, ann: User, bob: User, ada: User, query: str, shown: list[str]
) -> None:
    Membership.objects.create(user=ada, project_id=here(), role=Role.ANNOTATOR)
    people.deactivate(lea, bob)
    page = signed_in(lea).get(f"/people/?{query}").content.decode()
    assert re.findall(r'/people/\d+/">(\w+)</a>', page) == shown


def test_a_longer_list_takes_no_more_queries(signed_in: SignIn, lea: User) -> None:
    def grown(first: int, last: int) -> int:
        for n in range(first, last):
            invitations.join(invitations.invite(lea, Role.ANNOTATOR)[0], User(username=f"nina{n}"))
        return max(queries(signed_in(lea), at) for at in ("/people/", "/people/invitations/", "/people/audit/"))

    assert grown(0, 1) == grown(1, 10)


def test_an_annotator_leaves_and_comes_back(signed_in: SignIn, lea: User, ann: User) -> None:
    client = signed_in(lea)
    client.post(account(ann, "deactivate/"))
    assert "Activate" in client.get(account(ann)).content.decode() and not User.objects.get(pk=ann.pk).is_active
    page = client.post(account(ann, "activate/"), follow=True).content.decode()
    assert "ann is active again" in page and User.objects.get(pk=ann.pk).is_active


def test_a_lead_removes_an_annotator_from_the_project_and_nobody_else(
    signed_in: SignIn, lea: User, ann: User, eli: User
) -> None:
    client = signed_in(lea)
    assert "Remove from the project" in client.get(account(ann)).content.decode()
    assert "Remove from the project" not in client.get(account(eli)).content.decode()
    page = client.post(account(ann, "remove/"), follow=True).content.decode()
    assert "ann is no member of this project any more" in page
    # They never judged here.
    assert client.get(account(ann)).status_code == 404
    assert User.objects.get(pk=ann.pk).is_active and signed_in(ann).get("/review/").status_code == 404


def test_an_admin_changes_a_role_by_its_sentence(signed_in: SignIn, ada: User, ann: User) -> None:
    client = signed_in(ada)
    page = client.get(account(ann)).content.decode()
    assert all(role.may in page for role in Role)
    assert (
        "ann is an engineer" in client.post(account(ann, "role/"), {"role": "engineer"}, follow=True).content.decode()
    )
    assert "Nothing changed" in client.post(account(ann, "role/"), {"role": "engineer"}, follow=True).content.decode()
    assert "one of the four roles" in client.post(account(ann, "role/"), {"role": "x"}, follow=True).content.decode()


def test_the_last_admin_is_told_why_not(signed_in: SignIn, ada: User) -> None:
    client = signed_in(ada)
    assert "last active admin" in client.post(account(ada, "role/"), {"role": "lead"}, follow=True).content.decode()
    assert "yourself" in client.post(account(ada, "deactivate/"), follow=True).content.decode()
    assert "Settings" in client.post(account(ada, "reset/"), follow=True).content.decode()


def test_a_link_for_a_new_password_is_shown_once(signed_in: SignIn, lea: User, ann: User) -> None:
    client = signed_in(lea)
    answer = client.post(account(ann, "reset/"))
    found = re.search(r"<code>http://testserver(/password/new/[\w/-]+)</code>", answer.content.decode())
    assert found and "no-store" in answer.headers["Cache-Control"]
    assert 'href="?' not in answer.content.decode() and found[1] not in client.get(account(ann)).content.decode()
    assert Client().get(found[1], follow=True).status_code == 200
    assert AuditEntry.objects.get().words == "lea made a link for a new password for ann" and not mail.outbox


def test_it_is_sent_too_where_the_studio_sends_mail(signed_in: SignIn, lea: User, ann: User, settings: Any) -> None:
    settings.SENDS_EMAIL, ann.email = True, "ann@example.org"
    ann.save()
    page = signed_in(lea).post(account(ann, "reset/")).content.decode()
    assert "It was sent to ann@example.org" in page
    assert mail.outbox[0].to == ["ann@example.org"] and "/password/new/" in mail.outbox[0].body


def test_what_nobody_has_is_not_found(signed_in: SignIn, ada: User) -> None:
    assert signed_in(ada).get("/people/999999/").status_code == 404
    assert signed_in(ada).post("/people/999999/account/deactivate/").status_code == 404


def test_a_lead_is_offered_nothing_for_other_leads(signed_in: SignIn, lea: User) -> None:
    lou = person("Lou", Role.LEAD)
    page = signed_in(lea).get(account(lou)).content.decode()
    assert "Only an admin changes this account" in page and "deactivate/" not in page


def test_where_an_account_had_a_page_it_leads_to_the_person(signed_in: SignIn, lea: User, ann: User) -> None:
    answer = signed_in(lea).get(f"/people/{ann.pk}/account/")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{HERE}/people/{ann.pk}/")


def test_the_page_says_by_whom_somebody_came_into_this_project(signed_in: SignIn, lea: User, ada: User) -> None:
    bo = User.objects.create_user("bo")
    invitations.join(invitations.invite(lea, Role.ANNOTATOR)[0], bo)
    cy = person("Cy", Role.ANNOTATOR)
    AuditEntry.objects.create(act=AuditEntry.Act.ADDED, by=ada, person=cy, words="ada added cy")
    client = signed_in(lea)
    assert "invited by lea" in tight(client.get(account(bo)).content.decode())
    assert "added by ada" in tight(client.get(account(cy)).content.decode())
