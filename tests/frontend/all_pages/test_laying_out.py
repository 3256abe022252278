"""A browser lays out what is hostile to it in seconds, folded and unfolded."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from studio.accounts.models import User
from tests.annotation.making import pair

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HOSTILE = {
    "a word": "w" * 30_000,
    "backslashes": "\\" * 90_000,
    "a table": "|a|b|c|\n|-|-|-|\n" + "|1|2|3|\n" * 20_000,
    "marks": "a" + "\u0301" * 30_000,
    "a line of code": "```\n" + "x" * 60_000 + "\n```",
}
LAY_OUT = """() => {
  const main = document.querySelector("main");
  main.style.display = "none";
  document.body.offsetHeight;
  main.style.display = "";
  document.body.offsetHeight;
}"""


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_text_is_laid_out_in_seconds(browse_as: Callable[[User], Page], lea: User, text: str) -> None:
    made = pair("Which?", text, "Short.")
    page = browse_as(lea)
    page.goto(f"/pairs/{made.pk}/")
    assert 0 < laid_out(page) < 3
    for rest in page.locator("details.rest > summary").all():
        rest.click()
    assert 0 < laid_out(page) < 3


def laid_out(page: Page) -> float:
    """Seconds that the page's own thread computed from nothing to a layout; 20 for the marks, as they were."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        told = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
        return float(told["LayoutDuration"] + told["RecalcStyleDuration"])

    before = spent()
    page.evaluate(LAY_OUT)
    return spent() - before


def test_the_switch_shows_a_text_as_it_was_written_and_back(browse_as: Callable[[User], Page], lea: User) -> None:
    made = pair("Which?", r"So \(x^2\) is *it*.", "Short.")
    page = browse_as(lea)
    page.goto(f"/pairs/{made.pk}/")
    answer = page.locator(".answer.a .prose")
    assert answer.locator("msup").count() == 1
    page.keyboard.press("m")
    assert answer.inner_text() == r"So \(x^2\) is *it*."
    page.reload()
    assert answer.inner_text() == r"So \(x^2\) is *it*."
    page.get_by_role("button", name="Raw text").click()
    assert answer.locator("msup").count() == 1


def test_a_page_without_texts_has_no_switch(browse_as: Callable[[User], Page], lea: User) -> None:
    page = browse_as(lea)
    page.goto("/pairs/")
    assert page.get_by_role("button", name="Raw text").is_hidden()
