from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.utils import timezone

from studio.accounts.models import User
from studio.accounts.sign_in import limits as sign_in_limits

SignIn = Callable[[User], Client]


def test_the_right_password_leads_to_where_one_wanted_to_go(outsider: Client, ann: User) -> None:
    answer = outsider.post("/sign-in/", {"username": "ann", "password": "correct horse", "next": "/settings/"})
    assert answer.headers["Location"] == "/settings/"


def test_a_wrong_password_says_what_to_look_at(outsider: Client, ann: User) -> None:
    page = outsider.post("/sign-in/", {"username": "ann", "password": "wrong"}).content.decode()
    assert "No account has this name and password" in page


def test_nobody_is_led_to_another_site(outsider: Client, ann: User) -> None:
    answer = outsider.post(
        "/sign-in/", {"username": "ann", "password": "correct horse", "next": "https://evil.example/"}
    )
    assert answer.headers["Location"] == "/"


def test_who_is_signed_in_goes_home(signed_in: Callable[[User], Client], ann: User) -> None:
    assert signed_in(ann).get("/sign-in/").headers["Location"] == "/"


def test_signing_out_needs_the_button(signed_in: Callable[[User], Client], ann: User) -> None:
    client = signed_in(ann)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").headers["Location"] == "/sign-in/"
    assert client.get("/").status_code == 302


def sign_in(client: Client, password: str, name: str = "ann", at: str = "/sign-in/", of: str = "10.1.1.1") -> Any:
    return client.post(at, {"username": name, "password": password}, REMOTE_ADDR=of)


@pytest.mark.parametrize("at", ["/sign-in/", "/admin/login/"])
def test_the_sixth_guess_waits_also_with_the_right_password(outsider: Client, ada: User, at: str) -> None:
    answers = [sign_in(outsider, f"guess {n}", "ada", at) for n in range(5)]
    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    refused = sign_in(outsider, "correct horse", "ada", at)
    assert refused.status_code == 429 and 0 < int(refused.headers["Retry-After"]) <= 600
    assert "Wait 10 minutes" in refused.content.decode() and "_auth_user_id" not in outsider.session


def test_somebody_elses_guesses_stop_neither_another_account_nor_another_address(
    outsider: Client, ann: User, bob: User
) -> None:
    for n in range(5):
        sign_in(outsider, f"guess {n}")
    assert sign_in(Client(), "correct horse", "bob").status_code == 302
    assert sign_in(Client(), "correct horse", of="10.1.1.2").status_code == 302


def test_many_addresses_do_not_guess_faster_nor_do_many_accounts(
    outsider: Client, ann: User, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_limits, "OF_AN_ACCOUNT", 6)
    monkeypatch.setattr(sign_in_limits, "OF_AN_ADDRESS", 6)
    for n in range(6):
        sign_in(outsider, f"guess {n}", of=f"10.2.{n}.1")
        sign_in(outsider, f"guess {n}", f"nobody-{n}", of="10.3.1.1")
    assert sign_in(outsider, "correct horse", of="10.4.1.1").status_code == 429
    assert sign_in(outsider, "correct horse", "bob", of="10.3.1.1").status_code == 429
    assert sign_in(outsider, "correct horse", "bob", of="10.4.1.1").status_code == 302


def test_the_wait_ends_by_itself_or_by_an_admin(outsider: Client, ann: User, signed_in: SignIn, ada: User) -> None:
    for n in range(5):
        sign_in(outsider, f"guess {n}")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=11))
    assert sign_in(outsider, "correct horse").status_code == 302
    for n in range(5):
        sign_in(Client(), f"guess {n}")
    row = AccessAttempt.objects.get()
    signed_in(ada).post(f"/admin/axes/accessattempt/{row.pk}/delete/", {"post": "yes"})
    assert sign_in(Client(), "correct horse").status_code == 302


def test_the_wait_is_told_as_long_as_it_is(outsider: Client, ann: User, bob: User) -> None:
    for n in range(5):
        sign_in(outsider, f"guess {n}")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=8))
    sign_in(Client(), "guess", "bob")
    sign_in(Client(), "guess", of="10.9.9.9")
    refused = sign_in(outsider, "correct horse")
    assert "Wait 2 minutes" in refused.content.decode() and 60 < int(refused.headers["Retry-After"]) <= 120
    AccessAttempt.objects.filter(username="ann", ip_address="10.1.1.1").update(attempt_time=timezone.now())
    assert "Wait 10 minutes" in sign_in(outsider, "correct horse").content.decode()


def test_of_many_failures_those_count_without_which_there_are_few(
    outsider: Client, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(4):
        sign_in(outsider, "guess", of=f"10.2.{n}.1")
        minutes = timedelta(minutes=8 - n)
        AccessAttempt.objects.filter(ip_address=f"10.2.{n}.1").update(attempt_time=timezone.now() - minutes)
    monkeypatch.setattr(sign_in_limits, "OF_AN_ACCOUNT", 3)
    assert "Wait 3 minutes" in sign_in(outsider, "correct horse").content.decode()


def test_the_right_password_ends_the_count_of_its_account_only(outsider: Client, ann: User) -> None:
    for name in ("ann", "bob"):
        for n in range(4):
            sign_in(outsider, f"guess {n}", name)
    assert sign_in(outsider, "correct horse").status_code == 302
    assert list(AccessAttempt.objects.values_list("username", "failures_since_start")) == [("bob", 4)]


@pytest.mark.parametrize("of", ["", "unix:", "evil", "2001:db8::1", "::ffff:10.1.1.1", "1.2.3.4"])
def test_whatever_a_server_says_of_the_address_guesses_are_counted(outsider: Client, ann: User, of: str) -> None:
    codes = [sign_in(outsider, f"guess {n}", of=of).status_code for n in range(5)]
    assert codes == [200] * 4 + [429]


def test_a_household_of_ipv6_is_one_address(outsider: Client, ann: User) -> None:
    codes = [sign_in(outsider, f"guess {n}", of=f"2a00:1:2:3::{n}").status_code for n in range(5)]
    assert codes[-1] == 429
    assert sign_in(outsider, "correct horse", of="2a00:1:2:4::1").status_code == 302
