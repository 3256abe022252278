"""The review screen in a test: which pair is on it, keys as a person presses them, and what arrived."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Route, expect

from annotation.models import Judgment, Pair
from annotation.review import queue
from tests.e2e.keying import READ, until

CURRENT = "document.querySelector('.pairing:not(.is-next) .asked')?.textContent.match(/\\d+/)[0]"
API = re.compile(r"/api/v1/")
A_BETTER = {"left_first": -1, "right_first": 1}


def current(page: Page) -> str:
    return str(page.evaluate(CURRENT))


def begun(page: Page, address: str = "/review/") -> Page:
    """In front of the first pair, at a clock that `wait` moves on: nothing has to be waited for, or read in time."""
    page.clock.install()
    page.goto(address)
    expect(page.locator(".pairing:not(.is-next)")).to_contain_text("Question 0")
    return page


def opened(page: Page, address: str = "/review/") -> Page:
    """The same once every pair waits for people."""
    queue.open_slots(Pair.objects.all())
    return begun(page, address)


def wait(page: Page, seconds: float) -> None:
    page.clock.fast_forward(round(1000 * seconds))


def settled(page: Page) -> None:
    """Nothing is left in the outbox. What was said goes into it in a task of its own, after the paint."""
    page.evaluate("() => new Promise((done) => setTimeout(done))")
    until(page, "!Object.keys(localStorage).some((key) => key.startsWith('outbox:'))")
    expect(page.locator("[data-sent]")).to_have_text("")


def press(page: Page, *keys: str) -> None:
    """Each once the pair was there for as long as it takes to read it."""
    for key in keys:
        before = current(page)
        wait(page, float(page.evaluate(READ)))
        page.keyboard.press(key)
        until(page, f"before => {CURRENT} && {CURRENT} !== before", before)


@contextmanager
def answering(page: Page, handle: Callable[[Route], None]) -> Iterator[None]:
    page.route(API, handle)
    yield
    page.unroute(API)


def seen_grades() -> list[int]:
    """The verdicts in the order in which they were passed, below 0 for what stood as A."""
    rows = Judgment.objects.filter(superseded_at=None).order_by("created_at", "pk")
    return [(row.grade or 0) * -A_BETTER[row.shown] for row in rows]
