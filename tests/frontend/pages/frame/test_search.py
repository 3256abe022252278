"""Search over everything."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Author, Version
from studio.accounts.models import User
from tests.annotation.making import collection, prompt
from tests.frontend.counting import queries
from training.models import Checkpoint, Run

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def make(name: str) -> None:
    """One of each kind of thing, called so."""
    collection(f"c-{name}".replace(" ", "-"), name=f"{name} collection")
    prompt(f"Say {name}.")
    Version.objects.create(name=f"{name} version", number=1, kind="prompts", counts={"items": 1})
    Run.objects.create(kind="sft", name=f"{name} run", spec={}, queue="gpu")
    author = Author.objects.create(kind="model", name=name)
    Checkpoint.objects.create(name=f"{name} checkpoint", kind="policy", author=author, path=name)


def test_everything_is_found_by_its_name(browser: Client) -> None:
    make("zebra")
    page = browser.get("/search/?q=zebra").content.decode()
    for words in ("zebra collection", "Say zebra.", "zebra version", "zebra run", "zebra checkpoint"):
        assert words in page


def test_queries_do_not_grow_with_hits(browser: Client) -> None:
    make("zebra 0")
    few = queries(browser, "/search/?q=zebra")
    for number in range(1, 10):
        make(f"zebra {number}")
    assert queries(browser, "/search/?q=zebra") == few < 9


def test_nothing_found_says_where_else_to_look(browser: Client) -> None:
    page = browser.get("/search/?q=zebra").content.decode()
    assert "/responses/?q=zebra" in page


def test_without_words_it_explains_itself(browser: Client) -> None:
    assert "as one phrase" in browser.get("/search/").content.decode()
