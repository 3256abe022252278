"""A lead shares a dataset version in a browser; somebody of the other team finds, reads and loses it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from studio.accounts.models import Membership, User
from studio.accounts.roles import Role
from studio.projects.models import Project
from tests.annotation.making import prompt
from tests.conftest import HERE
from tests.frontend.machines import version

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THERE = "/projects/other"


def test_a_version_is_shared_read_and_taken_back(browse_as: Callable[[User], Page], lea: User) -> None:
    other = Project.objects.create(slug="other", name="Team B")
    Membership.objects.create(user=lea, project=other, role=Role.LEAD)
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
