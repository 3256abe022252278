"""A page of Debian's chromium for somebody who is signed in."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from playwright.sync_api import Page, ViewportSize, sync_playwright

from tests import chromium


class NoBrowser(Exception):
    """There is no chromium on this machine."""


@contextmanager
def browser(address: str, cookies: Mapping[str, str], size: tuple[int, int]) -> Iterator[Page]:
    program = chromium.program()
    if program is None:
        raise NoBrowser("no chromium on this machine: apt-get install chromium-headless-shell")
    # Playwright's event loop runs in this thread, and Django would take us for an asynchronous caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=chromium.FLAGS)
        context = opened.new_context(base_url=address, viewport=ViewportSize(width=size[0], height=size[1]))
        context.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        yield context.new_page()
        opened.close()
