from collections.abc import Callable

from django.test import Client

from studio.accounts.models import User


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
