"""Nobody judges by accident: held keys, keys that are too fast, keys of other keyboards."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Judgment, Pair, Remark
from annotation.review import queue, reading_time
from studio.accounts.models import User
from tests.annotation.making import pair
from tests.conftest import HERE
from tests.e2e.keying import until
from tests.e2e.reviewing import CURRENT, begun, current, press, seen_grades, settled, wait

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

Browse = Callable[[User], Page]
# Seconds in which a short pair, or a question, is read.
READ = 0.45
FIVE_KEYS = """() => {
  const init = { key: "1", code: "Digit1", repeat: %s, bubbles: true };
  for (let n = 0; n < 5; n++) document.body.dispatchEvent(new KeyboardEvent("keydown", init));
}"""
DOWN = """(init) => document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...init }))"""

KEYBOARDS: list[tuple[dict[str, object], int]] = [
    ({"key": "&", "code": "Digit1"}, -3),  # AZERTY
    ({"key": "è", "code": "Digit7"}, 3),
    ({"key": "7", "code": "Digit7", "shiftKey": True}, 3),
    ({"key": "и", "code": "KeyB"}, 0),  # Cyrillic
    ({"key": "И", "code": "KeyB", "shiftKey": False}, 0),  # with Caps Lock
    ({"key": "B", "code": "KeyB"}, 0),
    ({"key": "Process", "code": "Digit2"}, -2),  # an input method
    ({"key": "b", "code": "KeyN"}, 0),  # Dvorak
    ({"key": "=", "code": "BracketRight"}, 0),
    ({"key": "3", "code": "Numpad3"}, -1),
]


@pytest.fixture
def reading(browse_as: Browse, ann: User, monkeypatch: pytest.MonkeyPatch) -> Page:
    """In front of pairs that nobody reads in less than ten minutes, however slow the machine is."""
    monkeypatch.setattr(reading_time, "LETTERS_A_SECOND", 1)
    monkeypatch.setattr(reading_time, "MOST", 600.0)
    for n in range(3):
        pair(f"Question {n}.", "Four. " * 80, "Seven. " * 80)
    queue.open_slots(Pair.objects.all())
    return begun(browse_as(ann))


def hold(page: Page, key: str, times: int = 6) -> None:
    """As a keyboard does it: after the first, each one says that it is a repetition."""
    page.keyboard.down(key)
    for _ in range(times):
        page.wait_for_timeout(40)
        page.keyboard.down(key)
    page.keyboard.up(key)


@pytest.mark.parametrize("key", ["1", "b", "ArrowRight"])
def test_a_held_key_judges_once(reviewing: Page, key: str) -> None:
    wait(reviewing, READ)
    hold(reviewing, key, 20)
    settled(reviewing)
    assert current(reviewing) == "1"
    assert Judgment.objects.count() == 1


def test_enter_held_on_a_button_judges_once(reviewing: Page) -> None:
    wait(reviewing, READ)
    reviewing.locator("[data-grade='2']").focus()
    hold(reviewing, "Enter", 20)
    settled(reviewing)
    assert seen_grades() == [-2]


def test_a_held_key_takes_back_once(reviewing: Page) -> None:
    press(reviewing, "1", "2", "3")
    hold(reviewing, "u")
    assert current(reviewing) == "2"


def test_a_held_key_scrolls_on(reviewing: Page) -> None:
    reviewing.evaluate("""() => {
      window.pressed = 0;
      document.querySelector("[data-act=down]").addEventListener("click", () => (window.pressed += 1));
    }""")
    hold(reviewing, "j")
    assert reviewing.evaluate("window.pressed") == 7


@pytest.mark.parametrize("repeat", ["true", "false"])
def test_five_keys_at_once_judge_nothing(reading: Page, repeat: str) -> None:
    reading.evaluate(FIVE_KEYS % repeat)
    reading.wait_for_timeout(100)
    assert current(reading) == "0"
    assert not Judgment.objects.exists()


def test_a_verdict_that_nobody_read_for_is_asked_about_once_and_marked(reading: Page) -> None:
    reading.keyboard.press("7")
    expect(reading.locator("[data-asked]")).to_contain_text("too short to read both")
    wait(reading, READ)
    reading.keyboard.press("6")
    settled(reading)
    assert seen_grades() == [2]
    assert Judgment.objects.get().too_fast
    reading.goto("/review/my/judgments/")
    expect(reading.locator("#list tbody")).to_contain_text("too fast")


def test_what_was_asked_about_is_read_and_judged_without_a_mark(reading: Page) -> None:
    reading.keyboard.press("7")
    expect(reading.locator("[data-asked]")).to_be_visible()
    press(reading, "3")
    settled(reading)
    assert seen_grades() == [-1]
    assert not Judgment.objects.get().too_fast


def test_a_pair_that_is_taken_back_was_read_before(reading: Page) -> None:
    press(reading, "1", "u")
    reading.keyboard.press("2")
    until(reading, f"{CURRENT} === '1'")
    settled(reading)
    assert seen_grades() == [-2]


def test_a_key_is_found_on_any_keyboard(reviewing: Page) -> None:
    for number, (typed, _) in enumerate(KEYBOARDS):
        until(reviewing, f"number => {CURRENT} === String(number)", number)
        wait(reviewing, READ)
        reviewing.evaluate(DOWN, typed)
    settled(reviewing)
    assert seen_grades() == [seen for _, seen in KEYBOARDS]


def test_two_keys_of_another_keyboard_lead_to_another_page(reviewing: Page) -> None:
    for typed in ({"key": "п", "code": "KeyG"}, {"key": "р", "code": "KeyH"}):
        reviewing.evaluate(DOWN, typed)
    expect(reviewing).to_have_url(f"{HERE}/")


def test_the_palette_opens_on_a_cyrillic_keyboard(reviewing: Page) -> None:
    reviewing.evaluate(DOWN, {"key": "л", "code": "KeyK", "ctrlKey": True})
    expect(reviewing.get_by_role("combobox", name="Search")).to_be_focused()


def test_a_key_of_a_dvorak_keyboard_is_not_taken_by_its_place(reviewing: Page) -> None:
    reviewing.evaluate(DOWN, {"key": "o", "code": "KeyS"})
    expect(reviewing.locator("#skip")).to_be_hidden()


def test_an_accent_or_a_sign_of_another_latin_keyboard_is_not_taken_by_its_place(reviewing: Page) -> None:
    wait(reviewing, READ)
    # German, French, Italian, Spanish, Japanese; then Azerty's exclamation mark.
    for key, code in (
        ("Dead", "Equal"),
        ("Dead", "KeyB"),
        ("ì", "Equal"),
        ("¡", "Equal"),
        ("^", "Equal"),
        ("!", "Slash"),
    ):
        reviewing.evaluate(DOWN, {"key": key, "code": code})
        expect(reviewing.locator("dialog[open]")).to_have_count(0)
    assert current(reviewing) == "0"
    reviewing.evaluate(DOWN, {"key": "Process", "code": "Equal"})
    settled(reviewing)
    assert seen_grades() == [0]


def test_a_skip_says_why(reviewing: Page, queued: list[Pair]) -> None:
    reviewing.keyboard.press("s")
    expect(reviewing.locator("#skip")).to_be_visible()
    reviewing.keyboard.press("2")
    expect(reviewing.locator("[data-echo]")).to_have_text("Skipped: A language I cannot read")
    settled(reviewing)
    remark = Remark.objects.get()
    assert (remark.pair, remark.reason) == (queued[0], "A language I cannot read")
    assert current(reviewing) == "1"


def test_what_is_left_is_said(reviewing: Page) -> None:
    expect(reviewing.locator("[data-left]")).to_have_text("24 of 24 left")
    press(reviewing, "1", "2")
    expect(reviewing.locator("[data-left]")).to_have_text("22 of 24 left")
    reviewing.keyboard.press("s")
    press(reviewing, "s")
    settled(reviewing)
    reviewing.reload()
    expect(reviewing.locator("[data-left]")).to_have_text("21 of 23 left")
