"""A lead settles flags by keys."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Flag
from annotation.review.flagging import flag
from studio.accounts.models import User
from tests.annotation.making import pair
from tests.conftest import HERE
from tests.e2e.keying import listening

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_flag_is_settled_by_a_key_and_never_by_enter_in_the_note(
    browse_as: Callable[[User], Page], lea: User, ann: User
) -> None:
    first, second = (flag(ann, pair(text), f"Odd: {text}") for text in ("One?", "Two?"))
    page = browse_as(lea)
    page.goto(f"/flags/{second.pk}/?state=open")
    page.get_by_label("Note to Ann").fill("Private.")
    page.keyboard.press("Enter")
    page.get_by_label("Note to Ann").blur()
    page.keyboard.press("3")
    expect(page).to_have_url(f"{HERE}/flags/{first.pk}/?state=open")
    listening(page)
    page.keyboard.press("2")
    expect(page.get_by_text("No flags match these filters")).to_be_visible()
    assert list(Flag.objects.order_by("pk").values_list("state", "note")) == [("fixed", ""), ("excluded", "Private.")]
