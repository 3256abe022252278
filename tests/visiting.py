"""A page in a browser is looked at once it has all that it asked for."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Request, Response

# Playwright's own "networkidle" waits for half a second; the longest delay of a page's own `load` is 50 ms.
QUIET_MS = 100
PATIENCE_SECONDS = 30
# What the last answer brought is laid out, and has begun what it begins.
PAINTED = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"


def visit(page: Page, path: str) -> Response | None:
    """The answer, once nothing more is asked for."""
    with waited_for(page):
        return page.goto(path)


@contextmanager
def waited_for(page: Page) -> Iterator[None]:
    """Until each request that begins in it, or soon after it, is answered."""
    open_requests: set[Request] = set()
    latest = [time.monotonic()]

    def begin(request: Request) -> None:
        open_requests.add(request)

    def end(request: Request) -> None:
        open_requests.discard(request)
        latest[0] = time.monotonic()

    events = {"request": begin, "requestfinished": end, "requestfailed": end}
    for name, heard in events.items():
        page.on(name, heard)  # type: ignore[call-overload]
    yield
    deadline = time.monotonic() + PATIENCE_SECONDS
    while open_requests or time.monotonic() - latest[0] < QUIET_MS / 1000:
        assert time.monotonic() < deadline, f"{page.url} still asks for {[one.url for one in open_requests]}"
        page.wait_for_timeout(QUIET_MS / 4)
        page.evaluate(PAINTED)
    for name, heard in events.items():
        page.remove_listener(name, heard)
