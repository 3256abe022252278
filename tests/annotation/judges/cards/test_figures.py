"""Figures of a card from the sums that the database gives."""

from typing import Any

import pytest

from annotation.judges.cards.figures import FEW, NOTHING, Agreement, Counts, Rate, Slice, difference, rate, sums


def of_prompts(*prompts: tuple[float, float]) -> list[Any]:
    """The six columns for prompts of (how many agreed, of how many)."""
    tops, bottoms = zip(*prompts, strict=True)
    pairs = list(zip(tops, bottoms, strict=True))
    return [
        len(pairs),
        sum(tops),
        sum(bottoms),
        sum(top * top for top in tops),
        sum(top * bottom for top, bottom in pairs),
        sum(bottom * bottom for bottom in bottoms),
    ]


def test_a_rate_is_what_agreed_of_what_was_compared() -> None:
    found = rate(sums(of_prompts((2, 2), (1, 2), (0, 1))))
    assert (found.estimate, found.n, found.top, found.prompts) == (0.6, 5, 3.0, 3)
    assert found.low < 0.6 < found.high


def test_many_votes_on_one_prompt_say_less_than_as_many_on_many() -> None:
    many, one = (rate(sums(of_prompts(*prompts))) for prompts in ([(1, 1), (0, 1)] * 20, [(20, 20), (0, 20)]))
    assert many.estimate == one.estimate == 0.5
    assert one.high - one.low > many.high - many.low


def test_where_nothing_was_counted_there_is_no_estimate() -> None:
    assert rate(NOTHING).estimate is None
    assert rate(sums([0, None, None, None, None, None])) == rate(NOTHING)


@pytest.mark.parametrize(("n", "thin"), [(0, False), (1, True), (FEW - 1, True), (FEW, False)])
def test_few_comparisons_are_said_to_be_few(n: int, thin: bool) -> None:
    assert Rate(0.5, 0.0, 1.0, n, n / 2, n).is_thin is thin


def test_a_difference_is_the_second_less_the_first_over_the_same_prompts() -> None:
    first, second = (sums(of_prompts(*prompts)) for prompts in ([(1, 1), (0, 1)] * 10, [(1, 1), (1, 1)] * 10))
    found = difference("agreement", first, second, sums(of_prompts(*[(0, 1), (1, 1)] * 10)))
    assert found.first.estimate is not None and found.second.estimate is not None
    assert found.estimate == pytest.approx(found.second.estimate - found.first.estimate)
    assert found.low > 0


def test_failed_judgments_are_judged_too() -> None:
    assert Counts(valid=7, failed=2, ties=1, inconsistent=0, since=None, until=None).judged == 9


def test_a_slice_keeps_what_it_was_cut_by() -> None:
    nothing = rate(NOTHING)
    one = Slice("language", "de", 3, 1, Agreement(nothing, nothing), Agreement(nothing, nothing))
    assert (one.by, one.value, one.pairs) == ("language", "de", 3)
