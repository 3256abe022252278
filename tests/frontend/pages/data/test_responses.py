"""Responses of all prompts: narrowed, sorted, and one of them in full."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client

from annotation.models import Response
from frontend.pages.data.responses import ResponseFilters
from studio.accounts.models import User
from tests.annotation.making import author, collection, prompt, response

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def rows(page: str) -> list[int]:
    return [int(part.partition('"')[0]) for part in page.split('<tr id="row-')[1:]]


def test_responses_are_narrowed_and_sorted_by_length(browser: Client) -> None:
    of = prompt()
    short, long = response(of, "Hi."), response(of, "A long answer.", by="poet")
    expected = {
        "?q=answer": [long.pk],
        "?shorter=3": [short.pk],
        "?longer=4": [long.pk],
        f"?author={author('poet').pk}": [long.pk],
        "?sort=length": [short.pk, long.pk],
    }
    assert {query: rows(shown(browser, f"/responses/{query}")) for query in expected} == expected


def test_responses_are_narrowed_by_the_collection_of_their_prompt(browser: Client) -> None:
    here, there = response(prompt()), response(prompt(collection=collection("verse")))
    assert rows(shown(browser, "/responses/?collection=verse")) == [there.pk]
    assert rows(shown(browser, "/responses/")) == [there.pk, here.pk]


def test_both_ends_of_a_span_of_lengths_count(browser: Client) -> None:
    short, exact, long = (response(prompt(f"{n}?"), "x" * n) for n in (4, 5, 6))
    assert rows(shown(browser, "/responses/?longer=5&shorter=5")) == [exact.pk]
    assert rows(shown(browser, "/responses/?longer=5")) == [long.pk, exact.pk]
    assert rows(shown(browser, "/responses/?shorter=5")) == [exact.pk, short.pk]


@pytest.mark.parametrize("query", ["?longer=-1", "?longer=many", "?author=0", "?collection=nowhere"])
def test_a_filter_that_means_nothing_narrows_nothing(browser: Client, query: str) -> None:
    made = response(prompt())
    assert rows(shown(browser, f"/responses/{query}")) == [made.pk]


def test_judges_are_not_offered_as_writers(db: None) -> None:
    author("gpt-4", "judge"), response(prompt(), by="poet")
    offered: Any = ResponseFilters(QueryDict("")).fields["author"]
    assert [one.name for one in offered.queryset] == ["poet"]


@pytest.fixture
def hostile() -> Response:
    return response(prompt(), "<script>alert(1)</script> **bold**")


def test_one_response_is_rendered_and_harmless(browser: Client, hostile: Response) -> None:
    page = shown(browser, f"/responses/{hostile.pk}/text/")
    assert "<strong>bold</strong>" in page and "<script" not in page
    assert browser.get("/responses/999999/text/").status_code == 404


def test_annotators_and_strangers_read_no_response(
    signed_in: SignIn, outsider: Client, ann: User, hostile: Response
) -> None:
    for path in ("/responses/", f"/responses/{hostile.pk}/text/"):
        assert signed_in(ann).get(path).status_code == 403
        assert outsider.get(path).status_code == 302
