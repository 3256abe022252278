"""A lead shares a version or a checkpoint in a browser; somebody of the other team finds, uses and loses it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from studio.accounts.models import User
from studio.accounts.roles import Role
from tests.annotation.making import prompt
from tests.conftest import HERE
from tests.frontend.machines import checkpoint, version
from tests.teams import THERE, team_b

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_version_is_shared_read_and_taken_back(browse_as: Callable[[User], Page], lea: User) -> None:
    team_b(lea)
    made = version([prompt()], name="ours")
    page = browse_as(lea)
    page.goto(f"{HERE}/datasets/{made.pk}/")
    page.get_by_role("link", name="Share").click()
    page.get_by_label("With the project").select_option("other")
    page.get_by_role("button", name="Share the version").click()
    expect(page.get_by_text("Team B reads ours v1 from now on")).to_be_visible()
    page.goto(f"{THERE}/datasets/")
    page.get_by_role("link", name="ours v1").click()
    expect(page.get_by_text("shared by Tests")).to_be_visible()
    expect(page.get_by_text("Name a prime.")).to_be_visible()
    page.goto(f"{HERE}/datasets/{made.pk}/share/")
    page.get_by_role("button", name="End").click()
    page.get_by_role("dialog").get_by_role("button", name="End sharing").click()
    expect(page.get_by_text("does not read ours v1 any more")).to_be_visible()
    page.goto(f"{THERE}/datasets/")
    expect(page.get_by_role("link", name="ours v1")).to_have_count(0)


def test_a_checkpoint_is_shared_used_and_taken_back(browse_as: Callable[[User], Page], lea: User) -> None:
    team_b(lea, Role.ENGINEER)
    made = checkpoint("ours", notes="Secret note", parameters=3_550_000, digest="5d" * 32)
    page = browse_as(lea)
    page.goto(f"{HERE}/checkpoints/{made.pk}/")
    page.get_by_role("link", name="Share").click()
    page.get_by_label("With the project").select_option("other")
    page.get_by_role("button", name="Share the checkpoint").click()
    expect(page.get_by_text("Team B uses ours from now on")).to_be_visible()
    page.goto(f"{THERE}/checkpoints/")
    expect(page.get_by_role("cell", name="shared by Tests")).to_be_visible()
    page.get_by_role("link", name="ours").click()
    expect(page.get_by_text("Secret note")).to_have_count(0)
    page.get_by_text("New run from it").click()
    page.get_by_role("link", name="Launch SFT").click()
    expect(page.get_by_label("Checkpoint", exact=True)).to_contain_text("ours · shared by Tests")
    page.goto(f"{HERE}/checkpoints/{made.pk}/share/")
    page.get_by_role("button", name="End").click()
    page.get_by_role("dialog").get_by_role("button", name="End sharing").click()
    expect(page.get_by_text("does not use ours any more")).to_be_visible()
    page.goto(f"{THERE}/checkpoints/")
    expect(page.get_by_role("link", name="ours")).to_have_count(0)
