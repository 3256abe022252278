"""An annotator at the keyboard, in a real browser."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Assignment, Flag, Judgment, Pair, Remark
from annotation.review import queue, shown_order
from studio.accounts.models import User
from tests.annotation.making import judge, pair
from tests.e2e.keying import key_to_paint, until
from tests.e2e.reviewing import answering, begun, current, press, seen_grades, settled, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]
ENDED = "(pane) => Math.abs(pane.scrollHeight - pane.clientHeight - pane.scrollTop) < 3"


def test_twenty_pairs_are_judged_by_keyboard(reviewing: Page, ann: User) -> None:
    keys = [
        "1",
        "2",
        "3",
        "4",
        "5",
        "6",
        "7",
        "=",
        "ArrowLeft",
        "ArrowRight",
        "Shift+ArrowLeft",
        "Shift+ArrowRight",
        "b",
    ]
    press(reviewing, *keys, *"1234567")
    settled(reviewing)
    assert seen_grades() == [-3, -2, -1, 0, 1, 2, 3, 0, -2, 2, -3, 3, 0, -3, -2, -1, 0, 1, 2, 3]
    assert Judgment.objects.filter(both_bad=True).count() == 1
    assert Assignment.objects.filter(annotator=ann, state="done").count() == 20
    expect(reviewing.locator("[data-today]")).to_have_text("20")


def test_both_orders_are_shown_and_kept_with_the_verdict(reviewing: Page) -> None:
    press(reviewing, *["1"] * 12)
    settled(reviewing)
    assert set(Judgment.objects.values_list("shown", flat=True)) == {"left_first", "right_first"}
    for row in Judgment.objects.all():
        assert row.shown == shown_order.order_for(row.pair, User.objects.get())


def test_the_time_that_a_pair_was_seen_is_kept(reviewing: Page) -> None:
    wait(reviewing, 900)
    press(reviewing, "1")
    settled(reviewing)
    assert 900 <= (Judgment.objects.get().seconds or 0) < 1000


def test_a_verdict_is_taken_back_with_its_pair_and_its_words(reviewing: Page) -> None:
    reviewing.keyboard.press("r")
    reviewing.keyboard.type("Four is even.")
    reviewing.keyboard.press("Escape")
    press(reviewing, "6")
    settled(reviewing)
    assert Judgment.objects.get().rationale == "Four is even."
    press(reviewing, "u")
    assert current(reviewing) == "0"
    expect(reviewing.locator("#reason")).to_have_value("Four is even.")
    settled(reviewing)
    assert not Judgment.objects.filter(superseded_at=None).exists()
    press(reviewing, "2")
    settled(reviewing)
    assert seen_grades() == [-2]
    assert current(reviewing) == "1"


def test_the_last_pair_of_the_queue_can_be_taken_back_too(browse_as: Browse, ann: User) -> None:
    pair("Question 0.")
    queue.open_slots(Pair.objects.all())
    page = begun(browse_as(ann))
    wait(page, 0.45)
    page.keyboard.press("1")
    expect(page.locator("[data-empty]")).to_be_visible()
    expect(page.locator("[data-grade='1']")).to_be_disabled()
    page.keyboard.press("u")
    expect(page.locator(".pairing")).to_contain_text("Question 0")
    expect(page.locator("[data-grade='1']")).to_be_enabled()
    settled(page)
    assert not Judgment.objects.filter(superseded_at=None).exists()


def test_what_is_taken_back_before_it_was_sent_is_never_sent(reviewing: Page) -> None:
    with answering(reviewing, lambda route: route.abort()):
        press(reviewing, "1", "2")
        press(reviewing, "u")
    press(reviewing, "7")
    settled(reviewing)
    assert sorted(seen_grades()) == [-3, 3]
    assert Judgment.objects.count() == 2


def test_a_skip_leaves_the_pair_to_others_and_can_be_taken_back(reviewing: Page, queued: list[Pair]) -> None:
    reviewing.keyboard.press("s")
    press(reviewing, "s")
    settled(reviewing)
    assert Remark.objects.get().pair == queued[0]
    press(reviewing, "u")
    assert current(reviewing) == "0"
    settled(reviewing)
    assert not Remark.objects.exists()


def test_a_flag_is_kept_with_its_reason_and_the_pair_stays(reviewing: Page, queued: list[Pair]) -> None:
    reviewing.keyboard.press("f")
    expect(reviewing.locator("#flag")).to_be_visible()
    reviewing.keyboard.press("3")
    expect(reviewing.locator("[data-echo]")).to_have_text("Flagged for the lead")
    settled(reviewing)
    flag = Flag.objects.get()
    assert (flag.pair, flag.state, flag.reason) == (queued[0], "open", "A response is broken or cut")
    assert current(reviewing) == "0"


def test_verdicts_given_offline_outlive_a_reload_and_arrive_once(reviewing: Page) -> None:
    with answering(reviewing, lambda route: route.abort()):
        press(reviewing, "1", "2", "3")
        expect(reviewing.locator("[data-sent]")).to_have_text("3 not sent yet")
        reviewing.reload()
        expect(reviewing.locator("[data-sent]")).to_contain_text("3 not sent yet")
        assert not Judgment.objects.exists()
    settled(reviewing)
    assert seen_grades() == [-3, -2, -1]
    assert current(reviewing) == "3"


def test_an_answer_that_was_lost_is_asked_for_again_and_adds_nothing(reviewing: Page) -> None:
    lost: list[str] = []

    def lose(route: Route) -> None:
        if lost:
            route.continue_()
            return
        route.fetch()
        lost.append(route.request.url)
        route.abort()

    with answering(reviewing, lose):
        press(reviewing, "1")
        settled(reviewing)
    assert lost and Judgment.objects.count() == 1


def test_what_the_server_refuses_is_said(reviewing: Page) -> None:
    Assignment.objects.filter(pair__prompt__text__contains="Question 0").delete()
    press(reviewing, "1", "2")
    expect(reviewing.locator(".toast")).to_contain_text("This pair is not in the review queue.")
    settled(reviewing)
    assert seen_grades() == [-2]


@pytest.mark.usefixtures("queued")
def test_the_next_pair_is_painted_without_waiting_for_the_network(browse_as: Browse, ann: User) -> None:
    page = browse_as(ann)
    page.goto("/review/")
    expect(page.locator(".pairing:not(.is-next)")).to_contain_text("Question 0")
    with answering(page, lambda route: None):
        took = key_to_paint(page, "12345")
        assert current(page) == "5"
    assert max(took) < 1000
    assert not Judgment.objects.exists()


def test_with_confirmation_a_key_chooses_and_enter_judges(reviewing: Page) -> None:
    reviewing.evaluate("localStorage.setItem('review:confirm', 'yes')")
    reviewing.reload()
    expect(reviewing.locator(".pairing:not(.is-next)")).to_contain_text("Question 0")
    reviewing.keyboard.press("1")
    reviewing.keyboard.press("6")
    expect(reviewing.locator("[data-grade='6']")).to_have_class(re.compile("is-pressed"))
    assert current(reviewing) == "0"
    press(reviewing, "Enter")
    settled(reviewing)
    assert seen_grades() == [2]


def test_differences_are_marked_and_the_marks_go_again(reviewing: Page) -> None:
    text = reviewing.locator(".pairing:not(.is-next) .versus").inner_text()
    reviewing.keyboard.press("d")
    expect(reviewing.locator(".in-a").first).to_be_visible()
    reviewing.keyboard.press("d")
    expect(reviewing.locator(".in-a")).to_have_count(0)
    assert reviewing.locator(".pairing:not(.is-next) .versus").inner_text() == text


def test_what_a_model_wrote_does_nothing(browse_as: Browse, ann: User) -> None:
    pair("Question 0.", "<img src=x onerror=alert(1)><script>alert(2)</script>", "[x](javascript:alert(3)) **bold**")
    queue.open_slots(Pair.objects.all())
    page = browse_as(ann)
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    page.goto("/review/")
    expect(page.locator(".pairing strong")).to_have_text("bold")
    assert page.locator(".pairing img, .pairing script, .pairing a[href^=javascript]").count() == 0


def test_a_long_pair_scrolls_together_and_both_ends_are_reached(browse_as: Browse, ann: User) -> None:
    pair(
        "Question 0.",
        "\n\n".join(f"Short {n}." for n in range(40)),
        "\n\n".join(f"Long {n}. " * 90 for n in range(40)),
    )
    queue.open_slots(Pair.objects.all())
    page = browse_as(ann)
    page.goto("/review/")
    panes = page.locator(".pane")
    expect(panes).to_have_count(2)
    panes.first.evaluate("(pane) => (pane.scrollTop = pane.scrollHeight)")
    until(
        page,
        f"[...document.querySelectorAll('.pane')].every({ENDED})",
    )


def test_nothing_to_judge_is_said_and_a_lead_sends_pairs_from_there(browse_as: Browse, lea: User) -> None:
    pair("Question 0.")
    page = browse_as(lea)
    page.goto("/review/")
    expect(page.locator("[data-empty]")).to_contain_text("Nothing waits for you")
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator(".pairing")).to_contain_text("Question 0")


def test_a_lead_learns_after_the_verdict_who_wrote_what_and_nobody_before(
    browse_as: Browse, lea: User, queued: list[Pair]
) -> None:
    judge(queued[0], -3, "gpt-4")
    page = begun(browse_as(lea))
    assert "one-model" not in page.content() and "gpt-4" not in page.content()
    press(page, "1")
    expect(page.locator("[data-echo]")).to_contain_text("one-model")
    expect(page.locator("[data-echo]")).to_contain_text("gpt-4: ")


def test_many_others_are_counted_where_their_names_would_not_fit(
    browse_as: Browse, lea: User, queued: list[Pair]
) -> None:
    for number, grade in enumerate((-3, -1, 0, 2)):
        judge(queued[0], grade, f"a judge with a long name, number {number}")
    page = begun(browse_as(lea))
    press(page, "1")
    echo = page.locator("[data-echo]")
    expect(echo).to_contain_text(re.compile("4 others: (2 for A, 1 tied, 1 for B|1 for A, 1 tied, 2 for B)$"))
    assert echo.evaluate("(line) => line.scrollWidth <= line.clientWidth")


def test_a_pair_is_judged_again_from_my_judgments(reviewing: Page) -> None:
    press(reviewing, "1")
    settled(reviewing)
    reviewing.goto("/review/my/judgments/")
    reviewing.get_by_role("link", name="Judge again").click()
    expect(reviewing.locator("[data-grade='1']")).to_have_class(re.compile("is-pressed"))
    press(reviewing, "5")
    settled(reviewing)
    assert seen_grades() == [1]
    assert Judgment.objects.count() == 2
