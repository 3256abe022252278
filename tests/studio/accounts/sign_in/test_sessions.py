"""Whose session it is, from where it is used and when it ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from studio.accounts.acts import people
from studio.accounts.models import Session, User
from studio.accounts.tasks import clear_sessions

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def sign_in(client: Client, name: str) -> None:
    said = {"username": name, "password": "correct horse"}
    answer = client.post("/sign-in/", said, headers={"User-Agent": FIREFOX}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 302


def test_a_sign_in_is_noted_with_its_browser_and_address(client: Client, ann: User) -> None:
    sign_in(client, "ann")
    session = Session.objects.get()
    assert (session.user, str(session), session.address) == (ann, "Firefox on Linux", "192.0.2.7")
    assert timezone.now() - session.started_at < timedelta(minutes=1)


def test_the_next_person_in_one_browser_begins_a_session_of_their_own(client: Client, ann: User, bob: User) -> None:
    sign_in(client, "ann")
    Session.objects.update(started_at=timezone.now() - timedelta(days=9))
    client.post("/sign-out/")
    assert not Session.objects.exists()
    sign_in(client, "bob")
    session = Session.objects.get()
    assert session.user == bob and timezone.now() - session.started_at < timedelta(minutes=1)


def test_a_page_costs_two_queries_and_a_third_one_a_minute(
    signed_in: SignIn, ann: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client, before = signed_in(ann), timezone.now() - timedelta(minutes=2)
    Session.objects.update(seen_at=before, started_at=before)
    for queries in (3, 2):
        with django_assert_num_queries(queries):
            client.get("/settings/password/", headers={"User-Agent": FIREFOX}, REMOTE_ADDR="198.51.100.1")
    session = Session.objects.get()
    assert session.started_at == before and session.seen_at > before
    assert (str(session), session.address) == ("Firefox on Linux", "198.51.100.1")


def test_a_new_password_is_the_same_session_under_a_new_key(signed_in: SignIn, ann: User) -> None:
    client, before = signed_in(ann), timezone.now() - timedelta(days=2)
    Session.objects.update(started_at=before)
    old = Session.objects.get().pk
    new = "battery staple 7"
    client.post("/settings/password/", {"old_password": "correct horse", "new_password1": new, "new_password2": new})
    session = Session.objects.get()
    assert session.pk != old and session.started_at == before


def test_who_is_deactivated_is_signed_out_and_stays_so(signed_in: SignIn, ada: User, ann: User, bob: User) -> None:
    client, of_bob = signed_in(ann), signed_in(bob)
    for act in (people.deactivate, people.activate):
        act(ada, ann)
        assert client.get("/settings/").status_code == 302 and not ann.sessions.exists()
    assert of_bob.get("/settings/").status_code == 200


def test_a_name_of_a_browser_as_long_as_a_book_is_cut(client: Client, ann: User) -> None:
    client.post("/sign-in/", {"username": "ann", "password": "correct horse"}, headers={"User-Agent": "x" * 5000})
    assert len(Session.objects.get().user_agent) == 300


def test_a_session_is_named_without_its_key(ann: User, signed_in: SignIn) -> None:
    signed_in(ann)
    session = Session.objects.get()
    assert session.session_key not in session.reference and len(session.reference) == 20


def test_sessions_that_have_ended_are_deleted_and_others_stay(signed_in: SignIn, ann: User, bob: User) -> None:
    signed_in(ann), signed_in(bob)
    Session.objects.filter(user=ann).update(expire_date=timezone.now() - timedelta(days=1))
    clear_sessions()
    assert Session.objects.get().user == bob
