"""The import page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from annotation.interchange.formats import READ
from annotation.models import Collection, Prompt
from frontend.pages.data.imports import example
from studio.accounts.models import User
from tests.annotation.making import collection
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]
GOOD = b'{"prompt": "Name a prime."}\n{"prompt": "Another."}\n'


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def send(client: Client, content: bytes, **fields: Any) -> str:
    given = {"format": "prompts", "slug": "mine", "act": "take", "file": SimpleUploadedFile("some.jsonl", content)}
    response = client.post("/import/", given | fields)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_a_file_makes_its_collection(browser: Client, lea: User) -> None:
    page = send(browser, GOOD)
    assert "some.jsonl is imported into" in page
    assert Prompt.objects.filter(collection__slug="mine").count() == 2
    assert Collection.objects.get().created_by == lea


def test_the_same_file_twice_adds_nothing(browser: Client) -> None:
    send(browser, GOOD)
    assert "new, 2 known" in send(browser, GOOD, collection="mine")
    assert Prompt.objects.count() == 2


def test_checking_a_file_writes_nothing(browser: Client) -> None:
    assert "Nothing was written yet" in send(browser, GOOD, act="try")
    assert not Collection.objects.exists()


def test_a_fault_is_named_by_line_field_and_remedy_and_nothing_is_imported(browser: Client) -> None:
    page = send(browser, GOOD + b'{"prompt": 7}\n')
    assert "Nothing was imported." in page
    assert '<td class="number fit">3</td>' in page and "Correct the record" in page
    assert not Collection.objects.exists()


def test_a_collection_must_be_named(browser: Client) -> None:
    assert "give the new one a name" in send(browser, GOOD, slug="")


def test_a_file_must_be_chosen(browser: Client) -> None:
    page = browser.post("/import/", {"format": "prompts", "slug": "mine"}).content.decode()
    assert "Choose a file." in page


def test_the_address_chooses_format_and_collection(browser: Client) -> None:
    collection("mine")
    page = tight(browser.get("/import/?format=pairs&collection=mine").content.decode())
    assert '<input type="radio" name="format" value="pairs" checked>' in page
    assert '<option value="mine" selected>' in page


@pytest.mark.parametrize("name", READ)
def test_each_example_on_the_page_can_be_imported(browser: Client, name: str) -> None:
    for needed in ("fastchat_questions", "fastchat_answers") if READ[name].refers else ():
        send(browser, example(needed).encode(), format=needed)
    assert "is imported into" in send(browser, example(name).encode(), format=name)
    assert Prompt.objects.exists()
