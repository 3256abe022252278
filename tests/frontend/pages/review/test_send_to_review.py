"""Sending pairs to review, with the count before and a way back afterwards."""

from collections.abc import Callable

import pytest
from django.test import Client

from annotation.models import Assignment, Pair
from annotation.review import queue
from studio.accounts.models import User
from tests.annotation.making import collection, judge, pair
from tests.conftest import HERE

SignIn = Callable[[User], Client]
ALL = {"all": "1", "list": "?collection=a-collection"}


@pytest.fixture
def browser(signed_in: SignIn, lea: User) -> Client:
    return signed_in(lea)


def test_chosen_pairs_are_sent_to_review_once(browser: Client) -> None:
    wanted = collection("twice", overlap=2)
    chosen, left_alone = pair("One?", collection=wanted), pair("Two?", collection=wanted)
    for _ in range(2):
        response = browser.post("/pairs/review/", {"pair": chosen.pk, "list": "?collection=twice"})
        assert response.headers["Location"] == f"{HERE}/pairs/?collection=twice"
    assert Assignment.objects.filter(pair=chosen).count() == 2
    assert not Assignment.objects.filter(pair=left_alone).exists()


def test_all_pairs_of_a_list_are_sent_to_review(browser: Client) -> None:
    judge(pair("One?"), 1)
    pair("Two?")
    browser.post("/pairs/review/", {"all": "1", "sure": "1", "list": "?judged=no"})
    assert [slot.pair.n_judgments for slot in Assignment.objects.select_related("pair")] == [0]


def test_the_way_back_leads_to_no_other_site(browser: Client) -> None:
    response = browser.post("/pairs/review/", {"pair": pair().pk, "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == f"{HERE}/pairs/"


def test_the_count_is_said_before_a_whole_list_is_sent(browser: Client) -> None:
    pair("One?")
    pair("Two?")
    page = browser.post("/pairs/review/", ALL).content.decode()
    assert "<h1>Send 2 pairs to review?</h1>" in page and "Send nothing" in page
    assert f'<a href="{HERE}/pairs/">Pairs</a>' in page
    assert not Assignment.objects.exists()


def test_what_was_sent_is_taken_back_but_for_what_somebody_began(browser: Client, ann: User) -> None:
    pair("Before?")
    earlier = queue.open_slots(Pair.objects.filter(prompt__text="Before?"))
    pair("One?")
    pair("Two?")
    page = browser.post("/pairs/review/", ALL | {"sure": "1"}, follow=True)
    (undo,) = [message.extra_tags for message in page.context["messages"]]
    Assignment.objects.filter(pair__prompt__text="One?").update(
        state="leased", annotator=ann, leased_until="2100-01-01T00:00Z"
    )
    said = browser.post(undo, follow=True).content.decode()
    assert "1 judgment by people is no longer wanted. 1 judgment kept" in said
    assert set(Assignment.objects.values_list("pair__prompt__text", flat=True)) == {"One?", "Before?"} and earlier


def test_the_first_pairs_of_a_collection_that_were_never_sent_are_opened(browser: Client) -> None:
    for number in range(3):
        pair(f"Say {number}.")
    browser.post("/pairs/review/", {"collection": "a-collection", "limit": "2"})
    browser.post("/pairs/review/", {"collection": "a-collection", "limit": "2"})
    assert Assignment.objects.count() == 3


@pytest.mark.parametrize(
    "at", ["", "yesterday", "2026-01-01T00:00:00", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00%2B12:00"]
)
def test_an_undo_of_nothing_takes_nothing_back(browser: Client, at: str) -> None:
    pair()
    queue.open_slots(Pair.objects.all())
    assert browser.post(f"/pairs/review/undo/?at={at}").status_code == 302
    assert Assignment.objects.count() == 1


@pytest.mark.parametrize("path", ["/pairs/review/", "/pairs/review/undo/"])
def test_an_annotator_sends_nothing(signed_in: SignIn, outsider: Client, ann: User, path: str) -> None:
    assert signed_in(ann).post(path).status_code == 403
    assert outsider.post(path).headers["Location"].startswith("/sign-in/")
