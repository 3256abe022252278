"""The pair browser and one pair."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from annotation.models import Flag, JudgeCall, Pair, Remark, Score
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair
from tests.conftest import HERE
from tests.frontend.counting import queries
from tests.frontend.markup import tight

SignIn = Callable[[User], Client]


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def shown(client: Client, query: str = "") -> str:
    response = client.get(f"/pairs/{query}")
    assert response.status_code == 200
    return tight(response.content.decode())


def rows(page: str) -> list[int]:
    return [int(part.partition('"')[0]) for part in page.split('<tr id="row-')[1:]]


def test_the_browser_lists_pairs_newest_first(browser: Client) -> None:
    first, second = pair("One?"), pair("Two?")
    page = shown(browser)
    assert rows(page) == [second.pk, first.pk]
    assert "2 pairs" in " ".join(page.split())


def test_queries_do_not_grow_with_rows(browser: Client) -> None:
    judge(pair(), 1)
    few = queries(browser, "/pairs/")
    for number in range(9):
        judge(pair(f"{number}?"), 1)
    assert len(rows(shown(browser))) == 10
    assert queries(browser, "/pairs/") == few < 8


def test_filters_narrow_the_list(browser: Client) -> None:
    left, right, undecided = (pair(text) for text in ("one", "two", "three"))
    other = pair("elsewhere", collection=collection("other"))
    judge(left, -2)
    judge(right, 3, by="ben", kind="person")
    judge(right, -1)
    expected = {
        "?collection=other": [other.pk],
        "?source=none": [],
        "?opinion=disputed": [right.pk],
        "?opinion=people_against_judges": [right.pk],
        "?judged=no": [other.pk, undecided.pk],
        f"?judge={author('ben', 'person').pk}": [right.pk],
        f"?author={author('one-model').pk}": [other.pk, undecided.pk, right.pk, left.pk],
        "?grade_to=-2": [left.pk],
        "?grade_from=0.5": [right.pk],
        "?q=elsewhere": [other.pk],
        "?q=seven": [other.pk, undecided.pk, right.pk, left.pk],
        "?sort=grade": [left.pk, right.pk],
    }
    assert {query: rows(shown(browser, query)) for query in expected} == expected


def test_a_box_for_two_authors_says_how_they_are_written(browser: Client) -> None:
    fields = browser.get("/pairs/?filters=1").content.decode()
    assert fields.count('placeholder="3,7 or 3,people" class="input small"') == 2


def test_only_the_list_is_sent_where_htmx_asks_for_it(browser: Client) -> None:
    pair()
    response = browser.get("/pairs/?q=&judged=no", headers={"HX-Request": "true", "HX-Target": "list"})
    assert tight(response.content.decode()).startswith('<div id="list"')
    assert response.headers["HX-Push-Url"] == f"{HERE}/pairs/?judged=no"
    assert "HX-Target" in response.headers["Vary"]


def test_the_filter_menu_is_asked_for_when_it_is_opened(browser: Client) -> None:
    author("one-model")
    menu = shown(browser, "?filters=1&judged=no&sort=grade")
    assert menu.startswith('<div class="filter-fields">')
    assert '<option value="no" selected>' in menu and "one-model" in menu
    assert 'href="?sort=grade"' in menu


def test_pairs_on_which_a_judge_contradicts_itself_are_marked_and_found(browser: Client) -> None:
    one, other = pair("one"), pair("two")
    judge(one, 0, consistent=False)
    judge(other, 2, consistent=True)
    page = shown(browser)
    assert page.count('title="A judge contradicts itself') == 1
    assert rows(shown(browser, "?opinion=inconsistent")) == [one.pk]


def test_an_empty_list_teaches_the_first_step(browser: Client) -> None:
    assert "Import pairs" in shown(browser)
    assert "No pairs match these filters" in shown(browser, "?judged=yes")


def test_one_pair_shows_all_that_was_said(browser: Client) -> None:
    found = pair()
    old = judge(found, -3, by="ann", kind="person", rationale="At first.")
    old.superseded_at = timezone.now()
    old.save()
    judge(found, 1, by="ann", kind="person", rationale="On second thoughts.", seconds=75)
    judged = judge(found, 1, shown="both", consistent=False)
    JudgeCall.objects.create(pair=found, author=judged.author, judgment=judged, shown="left_first", grade=2, raw="RAW")
    Flag.objects.create(pair=found, author=author("bob", "person"), reason="Dated.")
    Remark.objects.create(pair=found, author=author("bob", "person"), reason="Not my field.")
    page = shown(browser, f"{found.pk}/")
    for words in (
        "At first.",
        "On second thoughts.",
        "1 min 15 s",
        "inconsistent",
        "RAW",
        "Dated.",
        "Not my field.",
        "1 earlier",
    ):
        assert words in page


def test_what_a_model_wrote_cannot_run(browser: Client) -> None:
    found = pair("<script>alert(1)</script>", left="<img src=x onerror=alert(1)>")
    page = shown(browser, f"{found.pk}/") + shown(browser)
    assert "<script>alert" not in page
    assert "<img" not in page


def say_more(found: Pair, name: str) -> None:
    judgment = judge(found, 1, by=f"judge-{name}")
    JudgeCall.objects.create(pair=found, author=judgment.author, judgment=judgment, shown="left_first", grade=1)
    Score.objects.create(response=found.left, author=author(f"rm-{name}", "reward_model"), value=1.0)


def test_one_pair_takes_the_same_queries_for_any_number_of_judgments(browser: Client) -> None:
    found = pair()
    say_more(found, "first")
    few = queries(browser, f"/pairs/{found.pk}/")
    for number in range(9):
        say_more(found, str(number))
    assert queries(browser, f"/pairs/{found.pk}/") == few < 15


def test_neighbours_keep_the_filters_of_the_list(browser: Client) -> None:
    first, _, third = (pair(text, category=category) for text, category in (("a", "x"), ("b", "y"), ("c", "x")))
    page = shown(browser, f"{first.pk}/?q=seven&sort=added")
    assert f"/pairs/{first.pk + 1}/?q=seven&amp;sort=added" in page
    assert f'href="{HERE}/pairs/{third.pk}/' not in page


def test_a_pair_that_is_not_there_is_404(browser: Client) -> None:
    assert browser.get("/pairs/999999/").status_code == 404
    assert not Pair.objects.exists()
