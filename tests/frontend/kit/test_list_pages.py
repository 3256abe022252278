"""How a list answers: whole, only itself, its filters, or its count; and what a cache may not mix."""

from collections.abc import Callable

import pytest
from django.test import Client

from studio.accounts.models import User
from tests.annotation.making import prompt
from tests.conftest import HERE

pytestmark = pytest.mark.django_db

SignIn = Callable[[User], Client]
AS_LIST = {"HX-Request": "true", "HX-Target": "list"}


@pytest.fixture
def client(signed_in: SignIn, lea: User) -> Client:
    for n in range(3):
        prompt(f"Prompt {n}?")
    return signed_in(lea)


def test_a_browser_gets_the_page_and_htmx_only_the_list(client: Client) -> None:
    whole, part = client.get("/prompts/?q=prompt"), client.get("/prompts/?q=prompt", headers=AS_LIST)
    assert b"<html" in whole.content and b"<html" not in part.content
    assert b'id="list"' in whole.content and b'id="list"' in part.content
    assert part.headers["HX-Push-Url"] == f"{HERE}/prompts/?q=prompt" and "HX-Push-Url" not in whole.headers


def test_a_cache_keeps_page_and_list_apart(client: Client) -> None:
    assert {"HX-Request", "HX-Target"} <= set(client.get("/prompts/").headers["Vary"].split(", "))


def test_htmx_that_asks_for_something_else_gets_the_page(client: Client) -> None:
    assert b"<html" in client.get("/prompts/", headers=AS_LIST | {"HX-Target": "preview"}).content


def test_the_count_alone_is_a_number_of_what_the_filters_leave(client: Client) -> None:
    assert client.get("/prompts/?count=1").content == b"3"
    assert client.get("/prompts/?count=1&q=nowhere").content == b"0"


def test_the_filters_alone_are_fields_with_their_values(client: Client) -> None:
    fields = client.get("/prompts/?filters=1&q=prompt").content
    assert b"<html" not in fields and b"name=" in fields
