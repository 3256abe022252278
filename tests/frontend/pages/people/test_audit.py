"""The record of acts on people."""

from collections.abc import Callable

from django.test import Client

from studio.accounts.acts import invitations, people
from studio.accounts.models import AuditEntry, User
from studio.accounts.roles import Role

SignIn = Callable[[User], Client]


def test_the_page_says_who_did_what_the_newest_first(signed_in: SignIn, lea: User, ann: User) -> None:
    made, _ = invitations.invite(lea, Role.ANNOTATOR)
    invitations.join(made, User(username="nina"))
    people.deactivate(lea, ann)
    page = signed_in(lea).get("/people/audit/").content.decode()
    words = [
        "lea deactivated ann",
        "nina joined as annotator, invited by lea",
        "lea invited 1 annotator by a link until",
    ]
    assert sorted(words, key=page.index) == words


def test_an_act_outlives_who_did_it_and_to_whom(signed_in: SignIn, ada: User, lea: User, ann: User) -> None:
    people.deactivate(lea, ann)
    lea.delete()
    ann.delete()
    assert "lea deactivated ann" in signed_in(ada).get("/people/audit/").content.decode()
    assert AuditEntry.objects.get().by is None


def test_acts_are_found_by_their_kind_and_their_names(signed_in: SignIn, lea: User, ann: User, bob: User) -> None:
    people.deactivate(lea, ann)
    people.deactivate(lea, bob)
    people.activate(lea, ann)
    for query, shown, hidden in (
        ("act=activated", "activated ann", "deactivated"),
        ("q=BOB", "deactivated bob", "ann"),
    ):
        page = signed_in(lea).get(f"/people/audit/?{query}", headers={"HX-Request": "true", "HX-Target": "list"})
        rows = page.content.decode().partition("<tbody")[2]
        assert shown in rows and hidden not in rows
