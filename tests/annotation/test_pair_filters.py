"""Filters of pairs: the page and the API take the same, and find the same."""

import re
from collections.abc import Callable

import orjson
import pytest
from django.test import Client
from rest_framework.test import APIClient

from annotation.models import Pair
from annotation.pair_filters import OPINIONS, PairFields
from frontend.pages.data.pairs import PairFilters
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair, paired, prompt, response

pytestmark = pytest.mark.django_db


@pytest.fixture
def pairs() -> list[Pair]:
    """Of a few kinds: judged by a person and a judge who disagree, by one alone, by nobody.

    The last has three messages, and is by two others.
    """
    roles = ("user", "assistant", "user")
    of = prompt("Three?", messages=[{"role": role, "content": "Three?"} for role in roles])
    made = [
        pair("One?", "Ja.", "Nein, nein.", category="maths", metadata={"language": "de"}),
        pair("Two?", collection=collection("other"), category="code"),
        paired(response(of, "Four.", "third-model"), response(of, "Seven.", "fourth-model")),
    ]
    judge(made[0], 2, "ann", "person")
    judge(made[0], -1, consistent=False)
    judge(made[1], 3)
    return made


@pytest.fixture
def by_api(api: Callable[[User], APIClient], lea: User) -> Callable[[str], list[int]]:
    client = api(lea)
    return lambda query: [row["id"] for row in client.get(f"/api/v1/pairs/?{query}").json()["results"]]


@pytest.fixture
def by_page(signed_in: Callable[[User], Client], lea: User) -> Callable[[str], list[int]]:
    client = signed_in(lea)

    def find(query: str) -> list[int]:
        return [int(pk) for pk in re.findall(r'id="row-(\d+)"', client.get(f"/pairs/?{query}").content.decode())]

    return find


def queries(pairs: list[Pair]) -> dict[str, str]:
    """One value for each filter."""
    by, machine = author("ann", "person").pk, author("a-judge", "judge").pk
    words = "q=one&source=none&judged=yes&flag=any&collection=other&opinion=disputed&domain=maths&language=de"
    numbers = "made=scores&turns=1&grade_from=1&grade_to=0.5&gap_from=5&gap_to=2"
    asked = dict(part.split("=") for part in f"{words}&{numbers}".split("&"))
    ids = {"prompt": pairs[2].prompt_id, "author": author("one-model").pk, "judge": by}
    two = f"{by},{machine}"
    return asked | {name: str(pk) for name, pk in ids.items()} | {"disagree": two, "agree": two}


def test_page_and_api_find_the_same_pairs_by_every_filter(
    pairs: list[Pair], by_api: Callable[[str], list[int]], by_page: Callable[[str], list[int]]
) -> None:
    asked = queries(pairs)
    assert asked.keys() == PairFields.base_fields.keys() == PairFilters.base_fields.keys() == PairFields.by.keys()
    found = {name: (by_api(f"{name}={value}"), by_page(f"{name}={value}")) for name, value in asked.items()}
    assert [name for name, (api, page) in found.items() if sorted(api) != sorted(page)] == []
    # Each leaves something out, or it would be no filter.
    assert [name for name, (api, _) in found.items() if len(api) == len(pairs)] == []


def test_the_api_finds_by_language_domain_turns_gap_and_opinion(
    pairs: list[Pair], by_api: Callable[[str], list[int]]
) -> None:
    for query in ("language=de", "domain=maths", "gap_from=7", *(f"opinion={name}" for name in OPINIONS)):
        assert by_api(query) == [pairs[0].pk], query
    assert by_api("turns=2") == [pairs[2].pk] and by_api("turns=3%2B") == []


@pytest.mark.parametrize(
    ("query", "field"),
    [("turns=many", "turns"), ("gap_from=-1", "gap_from"), ("disagree=3", "disagree"), ("grade_from=9", "grade_from")],
)
def test_the_api_names_the_filter_that_it_cannot_read(
    api: Callable[[User], APIClient], lea: User, query: str, field: str
) -> None:
    answer = api(lea).get(f"/api/v1/pairs/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_the_schema_says_what_each_filter_takes(api: Callable[[User], APIClient], lea: User) -> None:
    accept = {"Accept": "application/vnd.oai.openapi+json"}
    schema = orjson.loads(api(lea).get("/api/schema/", headers=accept).content)
    operation = schema["paths"]["/api/v1/pairs/"]["get"]
    takes = {one["name"]: one["schema"] for one in operation["parameters"]}
    assert PairFields.base_fields.keys() <= takes.keys()
    assert takes["author"]["type"] == takes["gap_from"]["type"] == "integer"
    assert takes["turns"]["enum"] == ["1", "2", "3+"]
