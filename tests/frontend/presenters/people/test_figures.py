"""Each figure leads to the judgments that it counts."""

from datetime import date, timedelta

from django.utils import timezone

from annotation.review.activity import NONE, Activity, Asked, PairShare
from frontend.presenters.people.figures import SORTED, encoded, opens


def week_ago() -> date:
    return timezone.localdate() - timedelta(days=6)


def test_figures_open_what_was_judged_since_their_day() -> None:
    led = opens(Asked())
    assert led["today"] == f"since={timezone.localdate()}"
    assert led["week"] == f"since={week_ago()}"
    assert led["all"] == "" and led["first_position"] == "verdict=a" and led["judges"] == "judges=shared"


def test_what_narrows_the_figures_narrows_what_they_open() -> None:
    led = opens(Asked(since=date(2001, 1, 1), collection=3, judge=7), "demo")
    assert led["week"] == f"since={week_ago()}&collection=demo"
    assert led["people"] == "since=2001-01-01&collection=demo&people=shared"
    assert led["judges"] == "since=2001-01-01&collection=demo&beside=7"
    assert opens(Asked(since=date(2999, 1, 1)))["today"] == "since=2999-01-01"


def test_a_list_is_sorted_by_what_it_shows_and_not_by_few_pairs() -> None:
    few, enough = (PairShare(0.5, 0.1, 0.9, 20, 10, pairs) for pairs in (9, 10))
    assert SORTED["longer"](Activity(longer=few)) is None and SORTED["longer"](Activity(longer=enough)) == 0.5
    assert SORTED["first_position"](Activity(first_position=NONE)) is None
    assert encoded({1: 0.5, 2: None}) == '{"1": 0.5}'
