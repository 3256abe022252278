"""The frame in a real Chromium: accessibility, keys, palette, theme, the strict policy."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from studio.accounts.models import User
from tests.accessibility import COLOURS, grave_findings
from tests.annotation.making import collection, pair
from tests.conftest import HERE
from tests.frontend.machines import run
from tests.visiting import visit

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]


def set_theme(page: Page, theme: str) -> None:
    """For everybody, signed in or not."""
    User.objects.update(theme=theme)
    page.context.add_cookies([{"name": "theme", "value": theme, "domain": "localhost", "path": "/"}])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_studio_that_is_empty_yet_has_no_grave_finding(browse_as: Browse, ada: User, theme: str) -> None:
    """In a theme that was chosen; every page of one that is not empty is looked at in `test_widths.py`."""
    page = browse_as(ada)
    set_theme(page, theme)
    visit(page, "/")
    assert grave_findings(page, rules=() if theme == "light" else COLOURS) == []


def test_the_finder_finds(browser_page: Page) -> None:
    browser_page.goto("/sign-in/")
    browser_page.evaluate("document.querySelector('h1').style.color = '#eee'")
    browser_page.evaluate("document.querySelector('label').remove()")
    assert {finding.partition(":")[0] for finding in grave_findings(browser_page)} == {"color-contrast", "label"}


def test_the_sign_in_page_has_no_grave_finding(browser_page: Page) -> None:
    browser_page.goto("/sign-in/")
    assert grave_findings(browser_page) == []


def test_a_key_presses_a_visible_link(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.goto("/")
    page.keyboard.press("g")
    page.keyboard.press(",")
    expect(page).to_have_url(f"{HERE}/settings/")


def test_a_key_that_is_typed_into_a_field_is_text(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.goto("/settings/")
    page.get_by_label("First name").fill("")
    page.get_by_label("First name").press_sequentially("g h?")
    assert page.get_by_label("First name").input_value() == "g h?"
    expect(page).to_have_url("/settings/")


def test_a_question_mark_shows_the_keys_of_the_page(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.goto("/")
    page.keyboard.press("?")
    keys = page.get_by_role("dialog", name="Keys of this page")
    expect(keys).to_contain_text("Evaluate")
    expect(keys).to_contain_text("Change the theme")
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()


def test_the_palette_leads_by_keyboard_alone(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.goto("/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    page.keyboard.type("setti")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{HERE}/settings/")


def test_the_theme_stays_chosen(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.goto("/settings/")
    with page.expect_response("**/settings/theme/"):
        page.get_by_role("button", name="Dark", exact=True).click()
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    ada.refresh_from_db()
    assert ada.theme == "dark"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(16, 17, 19)"


def test_single_keys_that_are_off_press_nothing_and_others_do(browse_as: Browse, ada: User) -> None:
    User.objects.update(single_keys=False)
    page = browse_as(ada)
    page.goto("/settings/")
    expect(page.locator("main .keys")).to_contain_text("Change the theme")
    for key in ("T", "?", "/", "g", "h"):
        page.keyboard.press(key)
    expect(page).to_have_url("/settings/")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".search-open kbd")).to_be_hidden()
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search")).to_be_focused()
    assert User.objects.get(pk=ada.pk).theme == ""


def test_revoking_a_token_asks_first(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.goto("/settings/tokens/")
    page.get_by_label("Name").fill("laptop")
    page.get_by_role("button", name="Make a token").click()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("cell", name="laptop")).to_have_count(0)
    expect(page.get_by_role("rowheader", name="laptop")).to_be_visible()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("No token yet")).to_be_visible()


def test_curves_of_one_group_share_a_cursor(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    visit(page, "/styleguide/")
    chart = page.locator("[data-demo=loss]").first
    chart.scroll_into_view_if_needed()
    chart.hover()
    expect(page.locator(".chart-card output").nth(1)).to_contain_text("seed 1")


def test_an_explanation_appears_on_focus(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.goto("/styleguide/")
    page.locator(".figure[data-tip]").first.focus()
    expect(page.get_by_role("tooltip")).to_contain_text("95 % interval")


def test_without_javascript_every_page_still_reads(browse_as: Browse, ada: User) -> None:
    page = browse_as(ada)
    page.route("**/*.js", lambda route: route.abort())
    page.goto("/settings/")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_a_dialog_names_its_act_and_the_way_out(browse_as: Browse, eli: User) -> None:
    waiting = run("sft")
    page = browse_as(eli)
    page.goto(f"/runs/{waiting.pk}/")
    page.get_by_role("button", name="Stop", exact=True).click()
    asked = page.get_by_role("dialog").filter(has_text="Stop this run?")
    assert asked.get_by_role("button").all_text_contents() == ["Keep running", "Stop the run"]
    expect(asked.get_by_role("button", name="Stop the run")).to_have_class("button danger")
    asked.get_by_role("button", name="Keep running").click()
    waiting.refresh_from_db()
    assert waiting.state == "queued"
    page.get_by_role("button", name="Stop", exact=True).click()
    asked.get_by_role("button", name="Stop the run").click()
    expect(page.get_by_text("cancelled").first).to_be_visible()


def test_a_harmless_act_is_not_asked_in_red_and_can_be_undone(browse_as: Browse, lea: User) -> None:
    pair(collection=collection("capitals"))
    page = browse_as(lea)
    page.goto("/prompts/collections/capitals/")
    page.get_by_role("button", name="Open for review").click()
    act = page.get_by_role("dialog").get_by_role("button", name="Send 1 pair")
    expect(act).to_have_class("button primary")
    act.click()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#toasts")).to_contain_text("no longer wanted")


def test_a_message_waits_for_whoever_is_at_its_button(browse_as: Browse, lea: User) -> None:
    pair(collection=collection("capitals"))
    page = browse_as(lea)
    page.clock.install()
    page.goto("/prompts/collections/capitals/")
    page.get_by_role("button", name="Open for review").click()
    page.get_by_role("dialog").get_by_role("button", name="Send 1 pair").click()
    expect(page.locator(".toast")).to_contain_text("for 30 s")
    page.get_by_role("button", name="Undo").focus()
    page.clock.fast_forward(31_000)
    expect(page.locator(".toast")).to_be_visible()
    page.get_by_role("link", name="To the content").focus()
    page.clock.fast_forward(31_000)
    expect(page.locator(".toast")).to_have_count(0)
