"""A lead moves a collection to another team's project in a browser, and finds it there with its judgments."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Collection
from studio.accounts.models import User
from tests.annotation.making import judge, pair
from tests.conftest import HERE
from tests.teams import team_b
from tests.training.working import executed
from training.models import Run
from training.runs import launching

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_collection_goes_to_another_project(
    browse_as: Callable[[User], Page], lea: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    team_b(lea)
    judge(pair(), 1)
    monkeypatch.setattr(launching, "enqueue", lambda run: None)
    page = browse_as(lea)
    page.goto(f"{HERE}/prompts/collections/a-collection/")
    page.get_by_role("link", name="Move to another project").click()
    page.get_by_label("To the project").select_option("other")
    expect(page.get_by_label("Preview")).to_contain_text("Judgments")
    page.get_by_role("button", name="Move the collection").click()
    page.get_by_role("dialog").get_by_role("button", name="Move the collection").click()
    expect(page.get_by_text("It waits for a worker")).to_be_visible()
    executed(Run.objects.get(kind="move"))
    page.get_by_role("link", name="Open it there").click()
    expect(page.get_by_text("moved here from")).to_be_visible()
    assert not Collection.objects.exists()
