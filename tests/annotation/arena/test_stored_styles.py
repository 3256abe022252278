"""The style of texts is counted once."""

from collections.abc import Callable

import pytest

from annotation.arena import stored_styles
from annotation.models.responses import ResponseStyle
from tests.annotation.making import prompt, response

pytestmark = pytest.mark.django_db

TEXT = "# Why\n- one **bold**\n- two"


def test_each_text_is_counted_once() -> None:
    made = response(prompt(), TEXT)
    assert stored_styles.measure([made.pk]) == 1
    assert stored_styles.measure([made.pk, made.pk]) == 0
    found = ResponseStyle.objects.get()
    assert (found.response, found.length, found.headers, found.lists, found.bold) == (made, 7, 1, 2, 1)


def test_what_is_gone_or_was_never_there_is_passed_over() -> None:
    assert stored_styles.measure([0, 999_999]) == stored_styles.measure([]) == 0


def test_more_than_one_chunk_is_counted_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored_styles, "AT_ONCE", 2)
    of = prompt()
    made = [response(of, f"{number}.").pk for number in range(5)]
    assert stored_styles.measure(iter(made)) == 5 == ResponseStyle.objects.count()


@pytest.mark.django_db(transaction=True)
def test_two_readers_who_count_the_same_texts_at_once_keep_each_once(
    at_once: Callable[[int, Callable[[int], object]], None],
) -> None:
    of = prompt()
    made = [response(of, f"{number}.").pk for number in range(20)]
    at_once(4, lambda number: stored_styles.measure(made))
    assert ResponseStyle.objects.count() == 20
