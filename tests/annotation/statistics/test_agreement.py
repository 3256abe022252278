import pytest

from annotation.statistics.agreement import (
    agreement,
    between,
    clustered_interval,
    one_each,
    within,
)


def test_the_strength_of_a_preference_does_not_matter() -> None:
    assert agreement([(3, 1), (-1, -3), (2, -2)]) == (2, 3)


def test_without_ties_a_comparison_with_one_tie_is_left_out() -> None:
    comparisons = [(0.0, 0.0), (0, 1), (1, 1), (1, -1)]
    assert agreement(comparisons) == (2, 4)
    assert agreement(comparisons, ties=False) == (1, 2)


def test_an_agreement_knows_how_sure_it_is() -> None:
    interval = agreement([(1, 1)] * 8 + [(1, -1)] * 2).interval
    assert interval == pytest.approx((0.8, 0.490162, 0.943318, 10), abs=1e-6)


def test_nothing_compared_is_no_agreement_and_no_error() -> None:
    assert agreement([]).interval[1:] == (0.0, 1.0, 0)


def test_two_authors_meet_only_where_both_judged() -> None:
    assert one_each({1: 3.0, 2: -1.0}, {2: -2.0, 3: 1.0}) == [(-1, -2)]


def test_each_vote_of_one_group_meets_each_of_the_other() -> None:
    assert list(between({"a": [1], "b": [1]}, {"a": [1, -1], "c": [0]})) == [[(1, 1), (1, -1)]]


def test_the_ceiling_takes_every_unordered_pair_of_votes() -> None:
    assert list(within({"a": [1, 2, -1], "b": [1]})) == [[(1, 2), (1, -1), (2, -1)], []]


def test_votes_of_one_key_count_as_one_observation() -> None:
    by_key = [[(1.0, 1.0)] * 10, [(1.0, -1.0)] * 10, []]
    clustered = clustered_interval(by_key)
    alone = agreement(comparison for key in by_key for comparison in key).interval
    assert clustered == pytest.approx((0.5, 0.094531, 0.905469, 2), abs=1e-6)
    assert alone == pytest.approx((0.5, 0.299298, 0.700702, 20), abs=1e-6)
