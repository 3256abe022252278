import base64
import random

import pytest

from annotation.models import Pair, Response
from annotation.models.text_search import SEARCHED
from tests.annotation.making import pair, prompt, response
from tests.costing import worked

pytestmark = pytest.mark.django_db

ORDINARY = "The quick brown fox jumps over the lazy dog, 3.5 times of http://example.com/a-b, and it's well-known. "
ONCE = [
    "_a" * 20_000,
    "a" * 200_000,
    base64.b64encode(random.Random(1).randbytes(60_000)).decode(),
    "漢字仮名" * 20_000,
]
AGAIN = ["a1@", "@", "/~", "/.", "a_a", "a-1-1", "a_@", "-漢", "1_漢/", "<a ", "a.b@c.d/e_f~"]
HOSTILE = ONCE + [(unit * SEARCHED)[:SEARCHED] for unit in AGAIN]


def cost(*texts: str) -> float:
    of = prompt(f"{len(texts)} {texts[0][:40]}")
    before = worked()
    for text in texts:
        response(of, text)
    return worked() - before


def test_no_text_costs_much_more_than_an_ordinary_one() -> None:
    ordinary = [f"{n} {ORDINARY * 1_000}"[:SEARCHED] for n in range(5)]
    usual = cost(*ordinary) / len(ordinary)
    # At rest the dearest costs three times as much; unbounded, hundreds of times.
    assert {text[:10]: taken / usual for text in HOSTILE if (taken := cost(text)) > 8 * usual} == {}


def test_of_a_text_with_a_long_run_its_words_are_found() -> None:
    of = response(prompt(), "Zebras begin. " + "_a" * 20_000 + " Giraffes end.")
    for words in ("zebras", "giraffes", "_a_a_a_a", "zebras giraffes"):
        assert list(Response.objects.matching(words)) == [of], words


@pytest.mark.parametrize("words", ["jo.do@example.com", "example.com/a/b_c/d-e/f_g/h-i-j/k", "x-y-z", "snake_case"])
def test_addresses_are_found_as_they_are_written(words: str) -> None:
    of = response(prompt(), f"Look: {words} or not.")
    response(prompt("Another."), "Look: elsewhere.")
    assert list(Response.objects.matching(words)) == [of]


def test_a_hostile_search_is_answered_at_once() -> None:
    pair()
    assert searched(*AGAIN) < 8 * len(AGAIN) * searched("fox ")


def searched(*units: str) -> float:
    before = worked()
    for unit in units:
        list(Pair.objects.matching(unit * 20_000))
    return worked() - before
