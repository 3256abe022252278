"""Keys in a real browser: when a page listens to them, and how long the next pair takes until it is painted."""

import time
from collections.abc import Sequence
from typing import Any

from playwright.sync_api import Page

WATCH = """() => {
  window.keyed = [];
  addEventListener("keydown", ({ timeStamp }) => requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.keyed.push(performance.now() - timeStamp);
    port2.postMessage(null);
  }), { capture: true });
}"""

# Seconds that the pair on the screen has to be seen, so that a verdict is not asked about.
READ = "Number(document.querySelector('.pairing:not(.is-next)')?.dataset.leastSeconds ?? 0) + 0.02"


def listening(page: Page) -> None:
    """A click led to this page: what it shows is seen a moment before its modules hear keys."""
    page.wait_for_load_state()


def until(page: Page, condition: str, arg: Any = None) -> None:
    """Playwright's own `wait_for_function` evaluates strings in the page, which our policy forbids."""
    latest = time.monotonic() + 20
    while not page.evaluate(condition, arg):
        assert time.monotonic() < latest, f"{condition} with {arg!r} did not come true"
        page.wait_for_timeout(20)


def key_to_paint(page: Page, keys: Sequence[str]) -> list[float]:
    """Milliseconds from each key to the end of the frame that it led to, on a review page with pairs at hand."""
    page.evaluate(WATCH)
    for number, key in enumerate(keys, start=1):
        page.wait_for_timeout(1000 * float(page.evaluate(READ)))
        page.keyboard.press(key)
        until(page, "number => window.keyed.length >= number", number)
        page.wait_for_timeout(150)
    return [float(took) for took in page.evaluate("window.keyed")]
