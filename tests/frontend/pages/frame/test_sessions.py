from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from studio.accounts.models import Session, User

SignIn = Callable[[User], Client]
SESSIONS, SHOWN = "/settings/sessions/", "/settings/"


def described(client: Client) -> str:
    return " ".join(client.get(SHOWN).content.decode().split())


def end_of(session: Session) -> str:
    return f"{SESSIONS}{session.reference}/end/"


def test_the_list_says_which_browsers_are_signed_in_and_nothing_secret(signed_in: SignIn, ann: User) -> None:
    here, _ = signed_in(ann), signed_in(ann)
    there = Session.objects.latest("started_at")
    Session.objects.filter(pk=there.pk).update(user_agent="Mozilla/5.0 (X11; Linux) Firefox/140", address="192.0.2.7")
    page = described(here)
    assert "Firefox on Linux" in page and "192.0.2.7" in page
    assert page.count("this one") == page.count('/end/"') - 1 == 1
    assert there.session_key not in page and str(here.session.session_key) not in page


def test_one_is_ended_and_no_other(signed_in: SignIn, ann: User) -> None:
    here, there, elsewhere = signed_in(ann), signed_in(ann), signed_in(ann)
    here.post(end_of(Session.objects.get(pk=there.session.session_key)))
    assert [one.get("/settings/").status_code for one in (here, there, elsewhere)] == [200, 302, 200]


def test_all_others_are_ended_and_this_one_stays(signed_in: SignIn, ann: User, bob: User) -> None:
    here, there, of_bob = signed_in(ann), signed_in(ann), signed_in(bob)
    answer = here.post(f"{SESSIONS}end/", follow=True)
    assert "1 other session ended." in answer.content.decode()
    assert [one.get("/settings/").status_code for one in (here, there, of_bob)] == [200, 302, 200]


def test_nobody_sees_or_ends_the_sessions_of_another_nor_their_own_by_mistake(
    signed_in: SignIn, ann: User, bob: User
) -> None:
    signed_in(ann)
    of_ann, of_bob = Session.objects.get(), signed_in(bob)
    assert described(of_bob).count("<tr>") == 2
    assert of_bob.post(end_of(of_ann)).status_code == 404
    assert of_bob.post(end_of(bob.sessions.get())).status_code == 404
    assert Session.objects.count() == 2


def test_a_stranger_or_a_link_ends_nothing(outsider: Client, signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    for address in (f"{SESSIONS}end/", end_of(Session.objects.get())):
        assert outsider.post(address).status_code == 302
        assert client.get(address).status_code == 405
    assert Session.objects.count() == 1


def test_what_has_expired_is_not_listed(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    signed_in(ann)
    Session.objects.exclude(pk=client.session.session_key).update(expire_date=timezone.now() - timedelta(days=1))
    assert described(client).count("<tr>") == 2


def test_a_long_list_costs_no_more_queries(
    signed_in: SignIn, ann: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(ann)
    for n in (1, 9):
        for _ in range(n):
            signed_in(ann)
        # Session and person, the sessions and the tokens.
        with django_assert_num_queries(4):
            client.get(SHOWN)


def test_their_old_page_and_each_end_lead_to_settings(signed_in: SignIn, ann: User) -> None:
    client, there = signed_in(ann), signed_in(ann)
    old = client.get(SESSIONS)
    assert (old.status_code, old.headers["Location"]) == (301, SHOWN)
    ended = client.post(end_of(Session.objects.get(pk=there.session.session_key)))
    assert ended.headers["Location"] == client.post(f"{SESSIONS}end/").headers["Location"] == SHOWN
