"""Pages of lists of the API: by the last row seen, of a size that is bounded and never guessed."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from studio.accounts.models import User
from studio.http.pagination import KeysetPagination
from tests.annotation.making import prompt

pytestmark = pytest.mark.django_db

Api = Callable[[User], APIClient]
PROMPTS = "/api/v1/prompts/"


def test_the_next_page_begins_behind_the_last_row_whatever_was_added(api: Api, lea: User) -> None:
    made = [prompt(f"{n}?").pk for n in range(5)]
    first = api(lea).get(PROMPTS, {"page_size": 2}).json()
    prompt("Newer?")
    second = api(lea).get(first["next"]).json()
    assert [row["id"] for row in first["results"] + second["results"]] == made[:0:-1]


@pytest.mark.parametrize("size", ["0", "-1", "two", "1.5", "", "9" * 30])
def test_a_size_that_is_no_number_of_rows_is_refused_by_name(api: Api, lea: User, size: str) -> None:
    answer = api(lea).get(PROMPTS, {"page_size": size})
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"field": "page_size", "message": "Write a whole number of at least 1."}]


def test_nobody_gets_more_than_the_most(api: Api, lea: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KeysetPagination, "max_page_size", 2)
    for n in range(3):
        prompt(f"{n}?")
    assert len(api(lea).get(PROMPTS, {"page_size": 100_000}).json()["results"]) == 2


def test_a_cursor_that_nobody_gave_is_refused(api: Api, lea: User) -> None:
    assert api(lea).get(PROMPTS, {"cursor": "////"}).status_code == 404
