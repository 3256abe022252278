"""The data pages walked in a real browser: filter, read, pair, import, freeze, download."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Assignment, Pair, Version
from studio.accounts.models import User
from tests.annotation.making import judge, prompt, response, score
from tests.annotation.making import pairs as stored
from tests.e2e.keying import listening

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]


@pytest.fixture
def pairs() -> list[Pair]:
    """Sixty pairs of arithmetic, every third one judged by a person and a judge."""
    made = stored([(f"What is {n} + {n}?", "Four.", f"**{n * 2}**, surely.") for n in range(60)])
    for number, each in enumerate(made[::3]):
        judge(each, number % 7 - 3)
        judge(each, 1, by="ann", kind="person", rationale="It is right.")
    return made


def test_a_lead_filters_pages_on_and_comes_back_to_the_same_place(
    browse_as: Browse, lea: User, pairs: list[Pair]
) -> None:
    page = browse_as(lea)
    page.goto("/pairs/")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("tbody tr")).to_have_count(10)
    page.go_back()
    expect(page.locator("tbody tr")).to_have_count(50)
    listening(page)
    page.keyboard.press("f")
    page.get_by_label("Judgments", exact=True).select_option("yes")
    page.get_by_role("button", name="Filter").last.click()
    expect(page.locator("tbody tr")).to_have_count(20)
    assert page.url.endswith("/pairs/?judged=yes")
    page.locator("tbody th a").nth(3).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Pair {pairs[48].pk}")
    listening(page)
    page.keyboard.press("j")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Pair {pairs[45].pk}")
    page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Pairs").click()
    expect(page.locator("tbody tr").first).to_have_id(f"row-{pairs[45].pk}")
    page.get_by_label("Remove the filter Judgments Judged").click()
    expect(page.locator(".chip")).to_have_count(0)


def test_search_answers_while_one_types_and_keeps_the_cursor(browse_as: Browse, lea: User, pairs: list[Pair]) -> None:
    page = browse_as(lea)
    page.goto("/pairs/")
    page.get_by_role("searchbox").press_sequentially("118", delay=20)
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.get_by_role("searchbox")).to_have_value("118")


def test_chosen_pairs_are_sent_to_review(browse_as: Browse, lea: User, pairs: list[Pair]) -> None:
    page = browse_as(lea)
    page.goto("/pairs/")
    boxes = page.locator("input[data-row]")
    boxes.nth(0).check()
    boxes.nth(2).click(modifiers=["Shift"])
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator("[data-toast]")).to_contain_text("3 more judgments")
    assert Assignment.objects.count() == 3


def test_two_of_the_responses_become_a_pair(browse_as: Browse, lea: User) -> None:
    of = prompt("Write a haiku.")
    for number in range(64):
        score(response(of, f"Leaves, number **{number}**"), number / 10)
    page = browse_as(lea)
    page.goto(f"/prompts/{of.pk}/")
    expect(page.locator(".strip .dot")).to_have_count(64)
    page.locator(".ranked summary").nth(1).click()
    expect(page.locator(".ranked .prose strong").first).to_have_text("62")
    page.locator("input[data-row]").nth(0).check()
    page.locator("input[data-row]").nth(63).check()
    page.get_by_role("button", name="Make a pair of two").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pair")
    assert Pair.objects.get().source == "picked"


def test_a_file_is_checked_and_then_imported_without_choosing_it_again(
    browse_as: Browse, lea: User, tmp_path: Path
) -> None:
    file = tmp_path / "mine.jsonl"
    file.write_text('{"prompt": "One?"}\n{"prompt": 2}\n')
    page = browse_as(lea)
    page.goto("/import/")
    page.get_by_label("Short name of the new collection").fill("mine")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was imported.")
    file.write_text('{"prompt": "One?"}\n{"prompt": "Two?"}\n')
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator(".notice").first).to_contain_text("Nothing was written yet")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.locator(".notice.good")).to_contain_text("is imported into")


def test_a_version_is_previewed_frozen_and_downloaded(browse_as: Browse, lea: User, pairs: list[Pair]) -> None:
    page = browse_as(lea)
    page.goto("/datasets/freeze/?name=sums&kind=preferences")
    expect(page.locator("#preview .figure")).to_have_text("17")
    page.get_by_role("checkbox", name="People").uncheck()
    page.get_by_label("Judgments at least").fill("2")
    expect(page.locator("#preview")).to_contain_text("Too few judgments")
    page.get_by_label("Judgments at least").fill("1")
    expect(page.locator("#preview .figure")).to_have_text("17")
    page.get_by_role("button", name="Freeze").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("sums v1")
    expect(page.get_by_role("heading", name="Length in characters")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Parquet").first.click()
    assert download.value.suggested_filename == "sums-v1.trl_preference.parquet"
    assert Version.objects.get().counts["items"] == 17
