"""What outlives a reload, what is said when the studio is out of reach, and what stands beside the pair."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Assignment, Judgment, Remark
from studio.accounts.models import Session, User
from tests.annotation.making import collection, pair
from tests.e2e.keying import until
from tests.e2e.reviewing import answering, current, opened, press, seen_grades, settled, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]
CUT_OFF = "[data-cut-off]"


def test_undo_outlives_a_reload(reviewing: Page, ann: User) -> None:
    press(reviewing, "1", "2")
    settled(reviewing)
    reviewing.reload()
    until(reviewing, "document.querySelector('[data-act=undo]').disabled === false")
    expect(reviewing.locator(".pairing:not(.is-next)")).to_contain_text("Question 2")
    press(reviewing, "u")
    assert current(reviewing) == "1"
    expect(reviewing.locator("[data-grade='2']")).to_have_class("button a is-pressed")
    press(reviewing, "7")
    settled(reviewing)
    assert seen_grades() == [-3, 3]
    assert current(reviewing) == "2"
    assert Assignment.objects.filter(annotator=ann, state="done").count() == 2


def test_a_skip_is_taken_back_after_a_reload(reviewing: Page) -> None:
    reviewing.keyboard.press("s")
    press(reviewing, "1")
    settled(reviewing)
    reviewing.reload()
    expect(reviewing.locator(".pairing:not(.is-next)")).to_contain_text("Question 1")
    press(reviewing, "u")
    settled(reviewing)
    assert current(reviewing) == "0"
    assert not Remark.objects.exists()
    press(reviewing, "6")
    settled(reviewing)
    assert seen_grades() == [2]


def test_a_verdict_that_never_arrived_is_taken_back_after_a_reload(reviewing: Page) -> None:
    with answering(reviewing, lambda route: route.abort()):
        press(reviewing, "1")
        expect(reviewing.locator("[data-sent]")).to_have_text("1 not sent yet")
        reviewing.reload()
        expect(reviewing.locator(".pairing:not(.is-next)")).to_contain_text("Question 1")
        press(reviewing, "u")
        assert current(reviewing) == "0"
    settled(reviewing)
    assert not Judgment.objects.filter(superseded_at=None).exists()


def test_offline_says_what_happens_to_the_work_and_goes_by_itself(reviewing: Page) -> None:
    with answering(reviewing, lambda route: route.abort()):
        press(reviewing, "1", "2")
        expect(reviewing.locator(CUT_OFF)).to_contain_text("You are offline.")
        expect(reviewing.locator(CUT_OFF)).to_contain_text("kept on this computer: 2 not sent yet")
    reviewing.get_by_role("button", name="Try now").click()
    settled(reviewing)
    expect(reviewing.locator(CUT_OFF)).to_be_hidden()
    assert seen_grades() == [-3, -2]


def test_without_a_network_and_without_pairs_the_page_says_so(reviewing: Page) -> None:
    reviewing.context.set_offline(True)
    press(reviewing, *"12345")
    wait(reviewing, 0.45)
    reviewing.keyboard.press("6")
    expect(reviewing.locator("[data-unreached]")).to_be_visible()
    expect(reviewing.locator(CUT_OFF)).to_contain_text("6 not sent yet")
    reviewing.context.set_offline(False)
    settled(reviewing)
    expect(reviewing.locator("[data-unreached]")).to_be_hidden()
    assert seen_grades() == [-3, -2, -1, 0, 1, 2]


def test_whoever_is_signed_out_signs_in_and_loses_nothing(reviewing: Page) -> None:
    Session.objects.all().delete()
    press(reviewing, "1", "2")
    expect(reviewing.locator(CUT_OFF)).to_contain_text("You are signed out.")
    expect(reviewing.locator(CUT_OFF)).to_contain_text("2 not sent yet")
    reviewing.get_by_role("link", name="Sign in").click()
    reviewing.get_by_label("Name").fill("ann")
    reviewing.get_by_label("Password").fill("correct horse")
    reviewing.get_by_role("button", name="Sign in").click()
    expect(reviewing.locator(".pairing:not(.is-next)")).to_contain_text("Question 2")
    settled(reviewing)
    assert seen_grades() == [-3, -2]


def test_a_problem_of_the_studio_is_said_with_its_number(reviewing: Page) -> None:
    def fail(route: Route) -> None:
        route.fulfill(status=502, body="")

    with answering(reviewing, fail):
        press(reviewing, "1")
        expect(reviewing.locator(CUT_OFF)).to_contain_text("The studio has a problem (502).")
    reviewing.get_by_role("button", name="Try now").click()
    settled(reviewing)
    assert seen_grades() == [-3]


def test_guidelines_are_those_of_the_pairs_collection_and_stay_open(browse_as: Browse, ann: User) -> None:
    pair("Question 0.", collection=collection("poems", guidelines="Rhymes count."))
    pair("Question 1.", collection=collection("sums", guidelines="Right sums count."))
    page = opened(browse_as(ann))
    guidelines = page.locator("[data-guidelines]")
    expect(guidelines).to_be_hidden()
    page.keyboard.press("i")
    expect(guidelines).to_contain_text("Rhymes count.")
    expect(page.locator("[data-of]")).to_have_text("poems")
    press(page, "1")
    expect(guidelines).to_contain_text("Right sums count.")
    settled(page)
    page.goto(f"/review/?pair={Judgment.objects.get().pair_id}")
    expect(page.locator(".pairing:not(.is-next)")).to_contain_text("Question 0")
    expect(guidelines).to_contain_text("Rhymes count.")
    page.keyboard.press("i")
    expect(guidelines).to_be_hidden()


def test_a_collection_without_guidelines_shows_the_general_ones_and_says_so(browse_as: Browse, ann: User) -> None:
    pair("Question 0.")
    page = opened(browse_as(ann))
    page.keyboard.press("i")
    expect(page.locator("[data-guidelines]")).to_contain_text("a-collection has no guidelines.")
    page.get_by_role("button", name="Close the guidelines").press("Enter")
    expect(page.get_by_role("button", name="Guidelines i")).to_be_focused()


def test_the_system_prompt_is_in_sight(browse_as: Browse, ann: User) -> None:
    made = pair("Question 0.", "Four. " * 400, "Seven. " * 400)
    turns = [{"role": role, "content": "Please, more. " * 60} for role in ("user", "assistant") * 3]
    made.prompt.messages = [{"role": "system", "content": "You answer pirates only."}, *turns, *made.prompt.messages]
    made.prompt.save()
    page = opened(browse_as(ann))
    for seen in ("You answer pirates only.", "Question 0."):
        expect(page.get_by_text(seen)).to_be_in_viewport()
    expect(page.get_by_role("group", name="System prompt")).to_have_attribute("tabindex", "0")
    assert page.locator(".pairing .asked").evaluate("(one) => one.scrollHeight > 2 * one.clientHeight")


@pytest.mark.parametrize("size", [(390, 844), (1024, 640)])
def test_a_long_system_prompt_does_not_cover_what_was_asked(
    browse_as: Browse, ann: User, size: tuple[int, int]
) -> None:
    made = pair("Question 0.", "Four. " * 50, "Seven. " * 50)
    made.prompt.messages = [{"role": "system", "content": "You answer pirates only. " * 200}, *made.prompt.messages]
    made.prompt.save()
    page = opened(browse_as(ann))
    page.set_viewport_size({"width": size[0], "height": size[1]})
    expect(page.locator(".pairing.is-short")).to_have_count(1)
    system, asked = (page.locator(f".pairing .turn.{role}").bounding_box() for role in ("system", "user"))
    assert system and asked
    assert asked["y"] + asked["height"] - system["y"] - system["height"] > 40


def test_short_answers_leave_the_room_to_the_conversation(browse_as: Browse, ann: User) -> None:
    made = pair("Question 0.")
    turns = [{"role": role, "content": "Please, more. " * 20} for role in ("user", "assistant") * 2]
    made.prompt.messages = [{"role": "system", "content": "You answer pirates only."}, *turns, *made.prompt.messages]
    made.prompt.save()
    page = opened(browse_as(ann))
    asked, answers, stage = (page.locator(at).bounding_box() for at in (".pairing .asked", ".answer.b", ".stage"))
    assert asked and answers and stage
    assert asked["height"] > stage["height"] / 2
    assert stage["y"] + stage["height"] - answers["y"] - answers["height"] < 40


@pytest.mark.parametrize(
    ("left", "right", "marked"),
    [
        ("我今天早上在北京的大学图书馆里读书。", "我今天早上在上海的大学图书馆里读书。", ["北京", "上海"]),
        (
            "私は昨日、東京の図書館で静かに本を読みました。",
            "私は昨日、京都の図書館で静かに本を読みました。",
            ["東京", "京都"],
        ),
    ],
)
def test_of_sentences_without_spaces_only_the_words_that_differ_are_marked(
    browse_as: Browse, ann: User, left: str, right: str, marked: list[str]
) -> None:
    pair("Question 0.", left, right)
    page = opened(browse_as(ann))
    page.keyboard.press("d")
    expect(page.locator(".in-a")).to_have_count(1)
    assert sorted(page.locator(".in-a, .in-b").all_inner_texts()) == sorted(marked)
