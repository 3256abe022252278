"""How often a judge finds the right one, in each order."""

import pytest

from annotation.statistics.gold_accuracy import orders


def test_each_order_is_counted_by_itself_and_both_together() -> None:
    found = orders({("a", "a", "a"): 6, ("a", "a", "b"): 2, ("a", "b", "b"): 2})
    assert (found.plain, found.swapped, found.average) == (80.0, 60.0, 70.0)
    assert (found.both, found.equal, found.failed, found.n) == (60.0, 80.0, 0, 10)


def test_an_answer_that_failed_is_not_correct_and_is_counted() -> None:
    outcomes: dict[tuple[str, str | None, str | None], int] = {("a", "a", None): 1, ("b", None, None): 1}
    found = orders(outcomes)
    assert (found.plain, found.swapped, found.failed) == (50.0, 0.0, 3)


def test_two_failures_are_the_same_and_right_in_neither_order() -> None:
    outcomes: dict[tuple[str, str | None, str | None], int] = {("a", None, None): 4}
    found = orders(outcomes)
    assert (found.both, found.equal, found.average) == (0.0, 100.0, 0.0)


def test_the_interval_holds_the_mean_and_is_narrower_with_more_pairs() -> None:
    few, many = orders({("a", "a", "a"): 7, ("a", "b", "b"): 3}), orders({("a", "a", "a"): 70, ("a", "b", "b"): 30})
    assert few.low < few.average < few.high and few.average == pytest.approx(many.average)
    assert many.high - many.low < (few.high - few.low) / 2
