"""Every page stands in a browser at every width, by day and by night, with the longest names and hostile texts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from studio.accounts.models import User
from tests.frontend.all_pages.addresses import admin_pages, pages
from tests.frontend.all_pages.watching import Watched
from tests.frontend.filled import Filled, fill
from tests.frontend.hostile import spoil

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WIDTHS = (390, 768, 1024, 1440)
OF_ADMIN = (1440, 1024, 768)
# A browser takes a second for each page, and several on a busy machine: no test should look at too many.
PARTS = 2
BROKEN = """<title>X</title>
<p style='width: 500px; background: #eee; color: #ddd'>pale words</p>
<img src='http://127.0.0.1:9/x.png'>"""
LAID_OUT = "<script>document.body.clientWidth</script>"

SEEN = (
    "answers 500",
    "console",
    "another host",
    "at 390, loaded at 390",
    "image-alt",
    "color-contrast",
    "bright by night",
)


@pytest.fixture
def watched(browse_as: Callable[[User], Page], ada: User, live_server: LiveServer) -> Watched:
    return Watched(browse_as(ada), live_server.url)


@pytest.fixture
def made(ada: User, settings: Any, tmp_path: Path) -> Filled:
    settings.RUNS_DIR = tmp_path
    return fill(ada)


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_stands_at_every_width_by_day_and_by_night(watched: Watched, made: Filled, part: int) -> None:
    spoil()
    for path in pages(made)[part::PARTS]:
        watched.look_at(path, WIDTHS)
    assert watched.troubles == []


@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_of_the_admin_stands_at_every_width_by_day_and_by_night(
    watched: Watched, made: Filled, part: int
) -> None:
    for path in admin_pages()[part::PARTS]:
        watched.look_once_at(path, OF_ADMIN)
    assert watched.troubles == []


def test_a_page_that_is_not_there_stands_too(watched: Watched) -> None:
    watched.look_at("/nowhere/", WIDTHS)
    assert {trouble.partition(": Failed")[0] for trouble in watched.troubles} == {
        "/nowhere/ answers 404",
        "/nowhere/ console",
    }


@pytest.mark.parametrize("script", ["", LAID_OUT])
def test_the_watch_sees_what_it_should(watched: Watched, script: str) -> None:
    body = BROKEN + script
    watched.page.route("**/settings/", lambda route: route.fulfill(status=500, body=body, content_type="text/html"))
    watched.look_at("/settings/", WIDTHS)
    said = " ".join(watched.troubles)
    assert all(part in said for part in SEEN), said
    assert ("at 390, loaded at 1440" in said) == bool(script)
    assert "wide at 768" not in said
