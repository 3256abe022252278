"""What a lead sets once for a project, and where it is met again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Collection
from studio.accounts.models import User
from tests.annotation.making import pair
from tests.e2e.reviewing import opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]


def test_a_lead_sets_guidelines_and_overlap_once_and_everybody_meets_them(
    browse_as: Browse, lea: User, ann: User
) -> None:
    pair("Question 0.")
    page = browse_as(lea)
    page.goto("/defaults/")
    page.get_by_label("Guidelines").fill("Rhymes count **twice**.")
    page.get_by_label("Judgments per pair").fill("3")
    page.get_by_role("button", name="Save the defaults").click()
    expect(page.get_by_text("2 defaults changed.")).to_be_visible()
    page.goto("/prompts/collections/new/")
    expect(page.get_by_label("Guidelines")).to_have_value("Rhymes count **twice**.")
    page.get_by_label("Name", exact=True).fill("Poems")
    page.get_by_label("Short name").fill("poems")
    page.get_by_role("button", name="Save collection").click()
    expect(page.get_by_role("heading", name="Poems")).to_be_visible()
    assert Collection.objects.get(slug="poems").overlap == 3
    page = opened(browse_as(ann))
    page.keyboard.press("i")
    expect(page.locator("[data-guidelines]")).to_contain_text("These are the default of this project.")
    expect(page.locator("[data-guidelines] strong")).to_have_text("twice")
