"""A new password for who lost theirs: by e-mail, or by whom to ask; and the link that lets them choose it."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from studio.accounts.acts.people import key_for
from studio.accounts.models import ApiToken, User
from studio.accounts.sign_in.address_limits import ForgottenPasswords

SignIn = Callable[[User], Client]
FORGOTTEN = "/password/forgotten/"
NEW = {"new_password1": "battery staple 7", "new_password2": "battery staple 7"}


@pytest.fixture
def sends_email(settings: Any) -> None:
    settings.SENDS_EMAIL = True


def link_for(person: User) -> str:
    return reverse("password_reset", args=key_for(person))


def form_of(client: Client, person: User) -> str:
    """Where the link leads, without its secret in the address."""
    return str(client.get(link_for(person)).headers["Location"])


def letters(n: int) -> list[Any]:
    """They are sent beside the answer."""
    latest = time.monotonic() + 10
    while len(mail.outbox) < n and time.monotonic() < latest:
        time.sleep(0.02)
    return mail.outbox


def test_the_sign_in_leads_there_and_says_whom_to_ask(outsider: Client, db: None) -> None:
    assert FORGOTTEN in outsider.get("/sign-in/").content.decode()
    page = outsider.get(FORGOTTEN).content.decode()
    assert "Ask the lead of your team or an admin" in page and "<form" not in page


@pytest.mark.usefixtures("sends_email")
def test_who_has_the_address_gets_a_link_and_nobody_learns_who_has_one(outsider: Client, ann: User, bob: User) -> None:
    User.objects.filter(pk=ann.pk).update(email="ann@example.org")
    User.objects.filter(pk=bob.pk).update(email="bob@example.org", is_active=False)
    pages = []
    for name in ("nobody", "bob", "ann"):
        page = outsider.post(FORGOTTEN, {"email": f"{name}@example.org"})
        said = page.content.decode().partition("<main")[2].partition("</main>")[0]
        pages.append((page.status_code, said.replace(name, "X")))
    assert len(set(pages)) == 1 and pages[0][0] == 200 and "X@example.org" in pages[0][1]
    assert [one.to for one in letters(1)] == [["ann@example.org"]]
    assert re.search(r"http://testserver/password/new/[\w-]+/[\w-]+/", str(mail.outbox[0].body))


@pytest.mark.usefixtures("sends_email")
def test_nobody_is_flooded_with_letters(outsider: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ForgottenPasswords, "rate", "2/hour")
    answers = [outsider.post(FORGOTTEN, {"email": "a@example.org"}) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429] and int(answers[2].headers["Retry-After"]) > 0


def test_a_link_lets_its_person_choose_a_password_once(signed_in: SignIn, outsider: Client, ann: User) -> None:
    session, (_, key), link = signed_in(ann), ApiToken.issue(ann, "laptop"), link_for(ann)
    at = form_of(outsider, ann)
    assert link not in at
    assert outsider.post(at, NEW).headers["Location"] == "/sign-in/"
    assert User.objects.get(pk=ann.pk).check_password("battery staple 7")
    assert session.get("/settings/").status_code == 302 and ApiToken.find(key)
    assert "was used already" in Client().get(link).content.decode()


def test_tokens_end_with_the_old_password_if_wished(outsider: Client, ann: User) -> None:
    _, key = ApiToken.issue(ann, "laptop")
    outsider.post(form_of(outsider, ann), NEW | {"end_tokens": "on"})
    assert ApiToken.find(key) is None


def test_a_password_that_is_easy_is_refused(outsider: Client, ann: User) -> None:
    easy = {"new_password1": "1234", "new_password2": "1234"}
    assert "too short" in outsider.post(form_of(outsider, ann), easy).content.decode()


def test_who_guessed_too_often_waits_no_longer_with_a_new_password(outsider: Client, ann: User) -> None:
    for n in range(5):
        outsider.post("/sign-in/", {"username": "ann", "password": f"guess {n}"})
    outsider.post(form_of(outsider, ann), NEW)
    answer = outsider.post("/sign-in/", {"username": "ann", "password": NEW["new_password1"]})
    assert answer.status_code == 302


@pytest.mark.parametrize("link", ["x/y", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk/c-d", "MQ/set-password"])
def test_a_link_that_nobody_made_opens_nothing(outsider: Client, db: None, link: str) -> None:
    for answer in (outsider.get(f"/password/new/{link}/"), outsider.post(f"/password/new/{link}/", NEW)):
        assert answer.status_code == 200 and "does not open" in answer.content.decode()


def test_whoever_is_still_signed_in_there_is_told_that_the_password_is_changed(signed_in: SignIn, ann: User) -> None:
    client = signed_in(ann)
    page = client.post(form_of(client, ann), NEW, follow=True)
    assert page.status_code == 200 and "Your password is changed" in page.content.decode()
    ann.refresh_from_db()
    assert ann.check_password(NEW["new_password1"]) and not ann.sessions.exists()
