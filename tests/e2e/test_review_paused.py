"""A lead pauses somebody who is judging: they are told by whom, and what they judge meanwhile counts."""

from collections import Counter

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Assignment, Judgment
from annotation.review import pausing, queue
from studio.accounts.models import User
from tests.e2e.keying import READ
from tests.e2e.reviewing import press, settled, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_pause_is_told_and_verdicts_on_pairs_that_were_taken_back_count(
    reviewing: Page, ann: User, lea: User
) -> None:
    press(reviewing, "1")
    settled(reviewing)
    pausing.pause(ann, lea, "Call me."), queue.take_back_from(ann)
    press(reviewing, "1")
    expect(reviewing.locator("[data-paused]")).to_contain_text("A lead paused your work. Ask Lea.")
    wait(reviewing, float(reviewing.evaluate(READ)))
    reviewing.keyboard.press("1")
    expect(reviewing.get_by_role("heading", name="Your work is paused")).to_be_visible()
    settled(reviewing)
    states = Counter(Assignment.objects.values_list("state", flat=True))
    assert Judgment.objects.count() == states["done"] == 3 and not states["leased"]


def test_a_pause_is_told_after_a_verdict_where_enough_pairs_are_at_hand(reviewing: Page, ann: User, lea: User) -> None:
    asks: list[Route] = []
    reviewing.route("**/review/my/next/", lambda route: asks.append(route))
    press(reviewing, "1")
    settled(reviewing)
    # What was judged is stored before more is asked for: then one pair more comes than was judged.
    with reviewing.expect_response("**/review/my/next/"):
        asks[0].continue_()
    reviewing.unroute("**/review/my/next/")
    pausing.pause(ann, lea, "Call me.")
    press(reviewing, "1")
    expect(reviewing.locator("[data-paused]")).to_contain_text("A lead paused your work. Ask Lea.")
