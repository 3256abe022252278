"""What a list costs, and how it is paged."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from annotation.datasets.versions import freeze
from annotation.models import Pair, Prompt
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair, score

pytestmark = pytest.mark.django_db

# Beside the list itself: the session and its user.
BUDGETS = {
    "authors/": 3,
    "collections/": 3,
    "judges/": 3,
    "pairs/": 3,
    "prompts/": 3,
    "responses/": 3,
    "scores/": 3,
    "versions/": 3,
}


def fill(rows: int) -> None:
    for n in range(rows):
        made = pair(f"Prompt {n}.", collection=collection(f"collection-{n}"))
        judge(made, 1, f"judge-{n}")
        score(made.left, 0.5)
        freeze(f"version-{n}", "prompts", {})


@pytest.mark.parametrize(("address", "budget"), BUDGETS.items())
@pytest.mark.parametrize("rows", [1, 10])
def test_a_list_costs_the_same_for_one_row_as_for_ten(
    api: Callable[[User], APIClient], lea: User, address: str, budget: int, rows: int
) -> None:
    fill(rows)
    client = api(lea)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = client.get(f"/api/v1/{address}")
    assert len(answer.json()["results"]) >= rows
    assert len(captured) <= budget, [query["sql"] for query in captured]


@pytest.mark.parametrize("rows", [1, 10])
def test_a_pair_costs_the_same_with_one_judgment_as_with_ten(
    api: Callable[[User], APIClient], lea: User, rows: int
) -> None:
    made = pair()
    for n in range(rows):
        judge(made, 1, f"judge-{n}")
    client = api(lea)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(f"/api/v1/pairs/{made.pk}/")
    assert len(answer.json()["judgments"]) == rows
    assert len(captured) == 5, [query["sql"] for query in captured]


def test_pages_go_by_the_last_row_and_meet_each_row_once(api: Callable[[User], APIClient], lea: User) -> None:
    for n in range(25):
        pair(f"Prompt {n}.")
    seen, address = [], "/api/v1/pairs/?page_size=10"
    while address:
        page = api(lea).get(address).json()
        seen += [row["id"] for row in page["results"]]
        address = page["next"]
    assert seen == list(Pair.objects.order_by("-pk").values_list("pk", flat=True))


def test_a_row_added_meanwhile_moves_no_page(api: Callable[[User], APIClient], lea: User) -> None:
    for n in range(10):
        pair(f"Prompt {n}.")
    first = api(lea).get("/api/v1/prompts/?page_size=5").json()
    pair("A new one.")
    second = api(lea).get(first["next"]).json()
    assert len({row["id"] for page in (first, second) for row in page["results"]}) == 10
    assert Prompt.objects.count() == 11
    assert author("one-model").responses.count() == 11
