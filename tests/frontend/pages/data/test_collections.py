"""Collections."""

import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from annotation.interchange.imports import import_file
from annotation.models import Assignment, Collection
from annotation.review.flagging import flag
from frontend.pages.data import collections
from studio.accounts.models import User
from tests.annotation.making import collection, judge, pair, prompt
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def shown(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return tight(response.content.decode())


def test_each_collection_stands_with_its_counts(browser: Client) -> None:
    judge(pair("One?"), 1)
    pair("Two?")
    prompt("Three?")
    page = shown(browser, "/prompts/collections/")
    assert "?collection=a-collection" in page
    assert '<progress class="progress" value="1" max="2"' in page


def test_the_list_leads_to_the_open_flags_of_each(browser: Client, lea: User) -> None:
    flag(lea, pair(), "It is empty.")
    assert '?collection=a-collection&amp;state=open">1</a>' in shown(browser, "/prompts/collections/")


def test_queries_do_not_grow_with_collections(browser: Client, lea: User) -> None:
    pair("First?")
    few = queries(browser, "/prompts/collections/")
    for number in range(9):
        flag(lea, pair(f"{number}?", collection=collection(f"another-{number}")), "It is empty.")
    assert queries(browser, "/prompts/collections/") == few < 6


def test_no_collection_teaches_the_first_step(browser: Client) -> None:
    assert "No collections yet" in shown(browser, "/prompts/collections/")


def test_one_collection_shows_guidelines_and_how_far_review_is(browser: Client) -> None:
    found = pair(collection=collection("guided", guidelines="Prefer **short** answers.", overlap=2))
    Assignment.objects.create(pair=found, number=1)
    page = shown(browser, "/prompts/collections/guided/")
    assert "<strong>short</strong>" in page
    assert "1 waiting" in page and "2 per pair" in page


def test_queries_of_one_collection_do_not_grow_with_pairs(browser: Client) -> None:
    judge(pair("First?"), 1)
    paths = ["/prompts/collections/a-collection/", "/prompts/collections/a-collection/figures/"]
    few = [queries(browser, path) for path in paths]
    for number in range(9):
        judge(pair(f"{number}?"), 1)
    cache.clear()
    assert [queries(browser, path) for path in paths] == few


def test_agreement_of_people_and_judges_is_counted_with_and_without_ties(browser: Client) -> None:
    for text, of_person, of_judge in (("One?", 1, 2), ("Two?", -1, 2), ("Three?", 0, 0)):
        found = pair(text)
        judge(found, of_person, by="ann", kind="person")
        judge(found, of_judge)
    figures = " ".join(shown(browser, "/prompts/collections/a-collection/figures/").split())
    assert "66.7 %" in figures and "(3)" in figures
    assert "50.0 %" in figures and "(2)" in figures


def test_figures_are_counted_anew_where_something_came_but_not_twice_in_a_minute(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[float] = []
    now = [0.0]

    def figures_of(found: Collection) -> dict[str, Any]:
        counted.append(now[0])
        return {}

    monkeypatch.setattr(collections, "time", SimpleNamespace(time=lambda: now[0]))
    monkeypatch.setattr(collections, "figures_of", figures_of)
    judged = pair()
    for seconds, grade in ((1_000, 1), (1_030, 2), (1_061, None), (9_000, None), (9_001, 3)):
        now[0] = seconds
        if grade:
            judge(judged, grade, by=f"judge {grade}")
        shown(browser, "/prompts/collections/a-collection/figures/")
    assert counted == [1_000, 1_061, 9_001]


def test_figures_name_the_authors(browser: Client) -> None:
    pair()
    figures = shown(browser, "/prompts/collections/a-collection/figures/")
    assert "one-model" in figures and "other-model" in figures
    assert "no pair was judged by two people" in figures


def test_a_collection_is_made_and_changed(browser: Client, lea: User) -> None:
    given = {"name": "My prompts", "slug": "mine", "overlap": 3}
    assert browser.post("/prompts/collections/new/", given).headers["Location"] == f"{HERE}/prompts/collections/mine/"
    browser.post("/prompts/collections/mine/edit/", given | {"guidelines": "Be kind."})
    made = Collection.objects.get()
    assert (made.guidelines, made.overlap, made.created_by) == ("Be kind.", 3, lea)


def test_a_short_name_that_is_taken_is_refused_at_its_field(browser: Client) -> None:
    collection("mine")
    page = browser.post("/prompts/collections/new/", {"name": "Other", "slug": "mine", "overlap": 1}).content.decode()
    assert "already exists" in page
    assert Collection.objects.get().name == "mine"


def test_the_figures_say_how_far_authors_agree_beyond_chance(browser: Client) -> None:
    for number in range(20):
        one = pair(f"{number}?")
        judge(one, 1 if number % 2 else -2, "ann", "person")
        judge(one, 3 if number % 2 or not number else -1, "ben", "person")
        judge(one, 1 if number % 3 else 0, "gpt-4")
    page = " ".join(shown(browser, "/prompts/collections/a-collection/figures/").split())
    for words in ("Fleiss’ κ", "Krippendorff’s α", "Cohen’s κ", "ann and ben", "ann and gpt-4"):
        assert words in page
    # Two people who differ on one pair of twenty: (0.95 − 0.5) / (1 − 0.5).
    assert "0.90" in page and "(20)" in page


def test_a_collection_names_the_files_that_came_into_it(browser: Client, lea: User) -> None:
    into = collection()
    import_file(io.BytesIO(b'{"prompt": "One."}\n'), "prompts", into, file="/tmp/first.jsonl", by=lea)
    page = shown(browser, f"/prompts/collections/{into.slug}/")
    assert "first.jsonl: 1 record" in page and f"1 prompt · {lea}" in page
