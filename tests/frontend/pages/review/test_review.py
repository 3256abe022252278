from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from annotation.models import Author, Pair
from annotation.review import judgments, queue
from studio.accounts.models import User
from tests.accessibility import COLOURS, grave_findings
from tests.annotation.making import collection, judge, pair

pytestmark = pytest.mark.django_db

SignedIn = Callable[[User], Client]
NEXT = "/review/my/next/"


def queued(count: int, **fields: Any) -> list[Pair]:
    made = [pair(f"Name {n} primes.", **fields) for n in range(count)]
    queue.open_slots(Pair.objects.all())
    return made


def asked(client: Client, **body: Any) -> Any:
    return client.post(NEXT, {"count": 6, **body}, content_type="application/json")


@pytest.mark.parametrize("address", ["/review/", "/review/my/judgments/", "/review/my/pairs/1/"])
def test_a_stranger_is_asked_to_sign_in(outsider: Client, address: str) -> None:
    assert outsider.get(address)["Location"].startswith("/sign-in/")
    assert outsider.post(NEXT)["Location"].startswith("/sign-in/")


def test_the_page_offers_the_collections_that_wait(signed_in: SignedIn, ann: User) -> None:
    queued(1, collection=collection("waits"))
    pair("Not sent.", collection=collection("rests"))
    page = signed_in(ann).get("/review/").content.decode()
    assert "/review/waits/" in page and "rests" not in page
    assert signed_in(ann).get("/review/waits/").status_code == 200
    assert signed_in(ann).get("/review/none/").status_code == 404


def test_the_page_takes_as_many_queries_for_ten_collections_as_for_one(
    signed_in: SignedIn, lea: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    queued(1, collection=collection("first"))
    client = signed_in(lea)
    with django_assert_num_queries(5):
        client.get("/review/")
    for n in range(9):
        queued(1, collection=collection(f"more-{n}"))
    with django_assert_num_queries(5):
        client.get("/review/")


def test_cards_come_ready_made_and_blind(signed_in: SignedIn, ann: User) -> None:
    made = queued(2)
    judge(made[0], 3, "gpt-4")
    answer = asked(signed_in(ann)).json()
    assert len(answer["cards"]) == 2 and len(answer["held"]) == 2
    card = answer["cards"][0]
    assert "Name 0 primes." in card and "Four." in card and "Seven." in card
    assert not any(name in card for name in ("one-model", "other-model", "gpt-4", "characters"))


def test_cards_that_the_page_has_are_not_made_again(signed_in: SignedIn, ann: User) -> None:
    queued(3)
    held = asked(signed_in(ann), count=2).json()["held"]
    answer = asked(signed_in(ann), count=3, known=held).json()
    assert len(answer["cards"]) == 1 and set(held) < set(answer["held"])


def test_one_collection_gives_its_own_cards(signed_in: SignedIn, ann: User) -> None:
    queued(2, collection=collection("other"))
    queued(1, collection=collection("mine"))
    assert len(asked(signed_in(ann), collection="mine").json()["cards"]) == 1


def test_ten_cards_take_as_many_queries_as_one(
    signed_in: SignedIn, ann: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    queued(10)
    client = signed_in(ann)
    asked(client, count=10)
    with django_assert_num_queries(7):
        asked(client, count=1)
    with django_assert_num_queries(7):
        asked(client, count=10)


NUL = r'{"count": 1, "collection": "a\u0000b"}'


@pytest.mark.parametrize("body", ["", "[]", '{"count": "many"}', '{"count": 1, "known": ["x"]}', '{"known": []}', NUL])
def test_a_request_that_means_nothing_says_what_was_expected(signed_in: SignedIn, ann: User, body: str) -> None:
    answer = signed_in(ann).post(NEXT, body, content_type="application/json")
    assert answer.status_code == 400


def test_what_a_model_wrote_is_harmless_on_a_card(signed_in: SignedIn, ann: User) -> None:
    pair("<script>1</script>", "<img src=x onerror=1>", "[x](javascript:1)")
    queue.open_slots(Pair.objects.all())
    card = asked(signed_in(ann)).json()["cards"][0]
    assert "<script" not in card and "<img" not in card and 'href="javascript' not in card


def test_a_pair_of_mine_comes_again_as_i_saw_it(signed_in: SignedIn, ann: User, bob: User, lea: User) -> None:
    (of,) = queued(1)
    address = f"/review/my/pairs/{of.pk}/"
    assert signed_in(ann).get(address).status_code == 403
    judgments.record(of, Author.of(ann), grade=-2, shown="right_first", rationale="So.")
    card = signed_in(ann).get(address).json()["cards"][0]
    assert 'data-judged="2"' in card and 'data-rationale="So."' in card
    assert card.index("Seven.") < card.index("Four.")
    assert signed_in(bob).get(address).status_code == 403
    assert "data-judged" not in signed_in(lea).get(address).json()["cards"][0]
    assert signed_in(lea).get("/review/my/pairs/999999/").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("theme", "rules"), [("light", ()), ("dark", COLOURS)])
def test_nothing_stands_in_the_way_of_anybody(
    browse_as: Callable[[User], Page], lea: User, theme: Any, rules: tuple[str, ...]
) -> None:
    long = pair("Name all primes.", "Four. " * 80, "Seven. " * 80)
    queued(3)
    judgments.record(Pair.objects.exclude(pk=long.pk)[0], Author.of(lea), grade=1, shown="left_first")
    page = browse_as(lea)
    page.emulate_media(color_scheme=theme)
    for address, ready in (("/review/", ".pairing"), ("/review/my/judgments/", "#list table")):
        page.goto(address)
        expect(page.locator(ready).first).to_be_visible()
        if address == "/review/":
            page.keyboard.press("1")
            page.keyboard.press("i")
            expect(page.locator("[data-asked]")).to_be_visible()
            expect(page.locator("[data-guidelines]")).to_contain_text("Read the whole conversation first.")
        for width in (1440, 768):
            page.set_viewport_size({"width": width, "height": 900})
            assert grave_findings(page, rules=rules) == []
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
