"""Texts as they were written and back: nothing is left out, and marks and room are those of the text in sight."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from frontend.kit import rendering
from frontend.kit.rendering.folding import PIECE
from studio.accounts.models import User
from tests.annotation.making import author, pair
from tests.e2e.reviewing import opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]
LONG = "A line of an answer.\n" * 2_000


def test_the_rest_of_a_long_text_can_be_shown_raw_too(browse_as: Browse, ann: User) -> None:
    pair("Question 0.", f"**Four.** {LONG}The end.", f"Seven. {LONG}The end.")
    page = opened(browse_as(ann))
    page.keyboard.press("m")
    expect(page.locator(".pane").get_by_text("**Four.**")).to_be_visible()
    rest = page.locator(".pane details.rest")
    expect(rest).to_have_count(2)
    rest.first.locator("summary").click()
    expect(rest.first.get_by_text("The end.")).to_have_count(1)


def test_marks_are_those_of_the_text_that_is_shown(browse_as: Browse, ann: User) -> None:
    pair("Question 0.", *(f"The number that I name is *{word}* for it is prime." for word in ("seven", "nine")))
    page = opened(browse_as(ann))
    marked, nested = page.locator(".in-a, .in-b"), page.locator(":is(.in-a, .in-b) :is(.in-a, .in-b)")
    for key, count in (("d", 2), ("m", 2), ("d", 0), ("m", 0), ("d", 2), ("m", 2), ("m", 2)):
        page.keyboard.press(key)
        expect(marked).to_have_count(count)
        expect(nested).to_have_count(0)
    assert sorted(marked.all_inner_texts()) == ["nine", "seven"]


def test_room_is_given_to_the_text_that_is_shown(browse_as: Browse, ann: User) -> None:
    pair("Question 0.", "Four." + 200 * "\n" + "Five.", "Seven.")
    page = opened(browse_as(ann))
    card = page.locator(".pairing")
    expect(card).to_have_class("pairing is-short")
    page.keyboard.press("m")
    expect(card).to_have_class("pairing")
    page.keyboard.press("m")
    expect(card).to_have_class("pairing is-short")


def test_compared_answers_are_marked_and_unfolded_raw_too(browse_as: Browse, eli: User) -> None:
    nine = "The number *nine* is prime." + 200 * "\n" + "So it is."
    page = compared(browse_as(eli), "The number *seven* is prime.", nine)
    marked, unfold = page.locator("mark.in-a"), page.get_by_role("button", name="Show the whole answers")
    expect(marked).to_have_text("seven")
    expect(unfold).to_be_hidden()
    page.keyboard.press("m")
    expect(marked).to_have_text("seven")
    expect(unfold).to_be_visible()
    page.keyboard.press("m")
    expect(marked).to_have_text("seven")
    expect(unfold).to_be_hidden()


def test_a_long_line_as_it_was_written_has_the_marks_of_the_rendered_one(browse_as: Browse, eli: User) -> None:
    page = compared(browse_as(eli), *(f"{word} " + "one word " * (PIECE // 6) for word in ("Seven", "Nine")))
    for _ in range(2):
        expect(page.locator("mark")).to_have_text(["Seven", "Nine"])
        page.keyboard.press("m")


def test_what_the_studio_says_of_an_answer_is_no_difference(
    browse_as: Browse, eli: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first answer is rendered, and remembered; the second one costs more than it may."""
    monkeypatch.setattr(rendering, "RENDERING", 60.0)
    rendering.markdown("The fifth prime is eleven.")
    monkeypatch.setattr(rendering, "RENDERING", -1.0)
    page = compared(browse_as(eli), "The fifth prime is eleven.", "The fifth prime is thirteen.")
    expect(page.locator(".reply .note")).to_have_text(rendering.TOO_COSTLY)
    expect(page.locator("mark")).to_have_text(["eleven", "thirteen"])


def compared(page: Page, *texts: str) -> Page:
    """Two answers on Compare, their differences marked."""
    pair("Name a prime.", *texts)
    page.goto(f"/compare/?c={author('one-model').pk}&c={author('other-model').pk}&differences=1")
    return page
