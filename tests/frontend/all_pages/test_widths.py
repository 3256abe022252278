"""No page is wider than its window, with the longest names and the most hostile texts, loaded so or resized to it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from studio.accounts.models import User
from tests.frontend.all_pages.test_places import pages
from tests.frontend.filled import Filled, fill
from tests.frontend.hostile import WORD, spoil

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW, WIDE = 390, 1440
WIDTHS = (NARROW, 768, 1024, WIDE)
# A browser takes a second for each page, and several on a busy machine: no test should look at too many.
PARTS = 4
# One number after the layout of what a resize began.
MEASURED = """() => new Promise((told) => requestAnimationFrame(() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  told(scrollWidth - clientWidth);
}))"""


@pytest.fixture
def made(ada: User, settings: Any, tmp_path: Path) -> Filled:
    settings.RUNS_DIR = tmp_path
    filled = fill(ada)
    spoil()
    return filled


def hostile_pages(made: Filled) -> list[str]:
    searched = [f"{place}?q={WORD}" for place in ("/pairs/", "/prompts/", "/search/")]
    return [
        *pages(made),
        *searched,
        "/search/?q=w",
        "/runs/new/judge/",
        "/recipes/xwin/new/",
        "/styleguide/",
        "/nowhere/",
    ]


def too_wide(page: Page, path: str) -> list[str]:
    """In words, at which widths the page is wider than its window: loaded at one end, resized to the other."""
    found = []
    for widths in (WIDTHS, WIDTHS[::-1]):
        page.set_viewport_size({"width": widths[0], "height": 900})
        page.goto(path, wait_until="networkidle")
        for width in widths:
            page.set_viewport_size({"width": width, "height": 900})
            over = page.evaluate(MEASURED)
            if over > 0:
                found.append(f"{path[:60]} is {over} px too wide at {width}, loaded at {widths[0]}")
    return found


@pytest.mark.parametrize("part", range(PARTS))
def test_no_page_is_wider_than_its_window(
    browse_as: Callable[[User], Page], ada: User, made: Filled, part: int
) -> None:
    page = browse_as(ada)
    assert [words for path in hostile_pages(made)[part::PARTS] for words in too_wide(page, path)] == []


def test_the_measure_sees_a_page_that_is_too_wide(browse_as: Callable[[User], Page], ada: User) -> None:
    page = browse_as(ada)
    body = "<p style='width: 500px'>x</p>"
    page.route("**/settings/", lambda route: route.fulfill(body=body, content_type="text/html"))
    found = {words.partition(" wide at ")[2] for words in too_wide(page, "/settings/")}
    assert found == {"390, loaded at 390", "390, loaded at 1440"}
