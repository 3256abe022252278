"""By keys: a lead pauses somebody whose pairs they handed over, an admin changes a role, an engineer renames a run."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Assignment, Pair, Pause
from annotation.review import queue
from studio.accounts.models import Membership, User
from tests.conftest import HERE
from tests.e2e.keying import listening
from training.models import Run

BrowseAs = Callable[[User], Page]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_lead_hands_over_and_pauses_on_the_page_of_a_person(
    browse_as: BrowseAs, queued: list[Pair], lea: User, ann: User, bob: User
) -> None:
    queue.next_slots(ann, 2)
    page = browse_as(lea)
    page.goto(f"/people/{ann.pk}/account/")
    expect(page.get_by_role("heading", name="Ann", exact=True)).to_be_visible()
    page.get_by_label("Hand over to").select_option("Bob")
    page.get_by_role("button", name="Hand over", exact=True).click()
    expect(page.get_by_text("Bob holds 2 pairs of Ann now.")).to_be_visible()
    listening(page)
    page.keyboard.press("p")
    page.get_by_label("Note to Ann").fill("Rest.")
    page.get_by_role("dialog").get_by_role("button", name="Pause").press("Enter")
    expect(page.get_by_text("Ann gets no new pairs.")).to_be_visible()
    assert Assignment.objects.filter(annotator=bob).count() == 2 and Pause.objects.get().note == "Rest."


def test_an_admin_changes_a_role_by_keys(browse_as: BrowseAs, ada: User, ann: User) -> None:
    page = browse_as(ada)
    page.goto(f"/people/{ann.pk}/")
    page.keyboard.press("o")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="Annotator")).to_be_checked()
    dialog.get_by_role("radio", name="Annotator").press("ArrowDown")
    dialog.get_by_role("button", name="Change the role").press("Enter")
    expect(page.get_by_text("Ann is a lead from now on.")).to_be_visible()
    assert Membership.objects.get(user=ann).role == "lead"


def test_an_engineer_renames_a_run_and_finds_it_from_the_frame(browse_as: BrowseAs, eli: User) -> None:
    run = Run.objects.create(kind="dpo", name="DPO on mine v1", spec={}, queue="gpu")
    page = browse_as(eli)
    page.goto(f"/runs/{run.pk}/")
    page.keyboard.press("e")
    page.keyboard.press("Control+A")
    page.keyboard.type("Bolder")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Bolder")).to_be_visible()
    listening(page)
    page.keyboard.press("g")
    page.keyboard.press("l")
    expect(page).to_have_url(f"{page.url.partition(HERE)[0]}{HERE}/prompts/collections/")
