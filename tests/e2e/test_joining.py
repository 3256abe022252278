"""A lead makes a link, two people join by it, and the third is told what to do."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from studio.accounts.models import User
from tests.conftest import HERE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def opened(chromium: Browser, link: str) -> Page:
    """In a browser of somebody else."""
    page = chromium.new_context().new_page()
    page.goto(link)
    return page


def join(page: Page, name: str) -> None:
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill("battery staple 7")
    page.get_by_label("Password confirmation").fill("battery staple 7")
    page.get_by_role("button", name="Make my account").click()


def test_two_join_by_a_link_for_two_and_a_third_is_told(
    browse_as: Callable[[User], Page], chromium: Browser, live_server: LiveServer, lea: User
) -> None:
    page = browse_as(lea)
    page.goto("/people/")
    page.get_by_role("link", name="Invite by link").click()
    page.get_by_label("People who may join by it").fill("2")
    page.get_by_role("button", name="Make the link").click()
    link = page.locator(".secret code").inner_text()
    assert link.startswith(f"{live_server.url}/join/")
    for name in ("nina", "nora"):
        theirs = opened(chromium, link)
        join(theirs, name)
        expect(theirs).to_have_url(f"{live_server.url}{HERE}/review/")
        theirs.context.close()
    late = opened(chromium, link)
    expect(late.get_by_text("This invitation is used up")).to_be_visible()
    late.context.close()
    page.goto("/people/invitations/")
    expect(page.locator("tbody tr")).to_contain_text("nina, nora")
