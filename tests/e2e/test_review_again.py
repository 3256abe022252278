"""What an annotator writes of a pair is kept, and a pair that is opened by its address is like any other."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Flag, Judgment, Pair, Remark
from annotation.review import queue
from studio.accounts.models import User
from tests.e2e.reviewing import current, press, settled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]


@pytest.mark.parametrize("key", ["s", "f"])
def test_enter_in_the_words_sends_the_words_and_no_other_reason(reviewing: Page, key: str) -> None:
    reviewing.keyboard.press(key)
    words = reviewing.locator("dialog[open]").get_by_label("In your own words")
    words.fill("Both are jokes.")
    words.press("Enter")
    expect(reviewing.locator("dialog[open]")).to_have_count(0)
    settled(reviewing)
    assert (Remark if key == "s" else Flag).objects.get().reason == "Both are jokes."


def test_a_pair_opened_by_its_address_is_flagged_skipped_and_not_fetched_again(
    browse_as: Browse, lea: User, queued: list[Pair]
) -> None:
    queue.next_slots(lea, 2)
    page = browse_as(lea)
    page.goto(f"/pairs/{queued[1].pk}/")
    page.get_by_role("link", name="Judge it").click()
    expect(page.locator(".pairing:not(.is-next)")).to_contain_text("Question 1")
    page.keyboard.press("f")
    page.keyboard.press("1")
    expect(page.locator("[data-echo]")).to_have_text("Flagged for the lead")
    page.keyboard.press("s")
    press(page, "2")
    settled(page)
    assert (Flag.objects.get().pair, Remark.objects.get().pair) == (queued[1], queued[1])
    assert current(page) == "0"


def test_a_judged_pair_is_left_without_a_question_and_not_flagged(reviewing: Page) -> None:
    press(reviewing, "1")
    settled(reviewing)
    reviewing.goto(f"/review/?pair={Pair.objects.get(prompt__text__contains='Question 0').pk}")
    expect(reviewing.locator("[data-grade='1']")).to_have_class("button a is-pressed")
    reviewing.keyboard.press("f")
    expect(reviewing.locator(".toast")).to_contain_text("Only a pair that waits for you can be flagged.")
    press(reviewing, "s")
    assert current(reviewing) == "1"
    assert not Remark.objects.exists()


def test_a_pair_that_is_judged_again_is_not_one_more(reviewing: Page) -> None:
    press(reviewing, "1")
    settled(reviewing)
    reviewing.goto(f"/review/?pair={Judgment.objects.get().pair_id}")
    expect(reviewing.locator("[data-grade='1']")).to_have_class("button a is-pressed")
    expect(reviewing.locator("[data-left]")).to_have_text("23 of 24 left")
    for key in ("2", "u"):
        press(reviewing, key)
        expect(reviewing.locator("[data-left]")).to_have_text("23 of 24 left")
        expect(reviewing.locator("[data-today]")).to_have_text("1")


def test_what_a_screen_reader_listens_to_is_there_before_it_speaks(reviewing: Page) -> None:
    listened_to = reviewing.locator(".review :is(output, [role=status])").all()
    assert listened_to
    for spoken in listened_to:
        assert spoken.evaluate("(one) => one.checkVisibility()")
        assert spoken.inner_text().strip() == ""
