import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.intervals import (
    Sums,
    bootstrap_mean,
    bootstrap_ratio,
    clustered_difference,
    clustered_rate,
    normal,
    resampled_means,
    standard_error,
    wilson,
)


def test_wilson_is_the_textbook_interval() -> None:
    # 81 of 263, Newcombe (1998), table I.
    interval = wilson(81, 263)
    assert (interval.low, interval.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_wilson_is_not_empty_where_all_or_none_succeed() -> None:
    assert wilson(10, 10)[:2] == pytest.approx((1.0, 0.7225), abs=1e-4)
    assert wilson(0, 10)[2] == pytest.approx(0.2775, abs=1e-4)


def test_nothing_observed_says_nothing() -> None:
    assert wilson(0, 0)[1:] == (0.0, 1.0, 0)


def test_more_successes_than_trials_are_refused() -> None:
    with pytest.raises(ValueError, match="3 successes of 2"):
        wilson(3, 2)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, 2 * n), st.just(n))))
def test_wilson_holds_its_estimate_and_stays_a_rate(drawn: tuple[int, int]) -> None:
    half_successes, n = drawn
    interval = wilson(half_successes / 2, n)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1


def test_the_normal_interval_is_the_mean_and_196_standard_errors() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert standard_error(values) == pytest.approx(0.6454972)
    assert normal(values) == pytest.approx((2.5, 1.234849, 3.765151, 4), abs=1e-6)


def test_one_value_shows_no_spread() -> None:
    assert standard_error(np.array([7.0])) == 0


def test_a_seed_fixes_the_bootstrap() -> None:
    values = np.arange(50, dtype=np.float64)
    assert bootstrap_mean(values, seed=1) == bootstrap_mean(values, seed=1)
    assert bootstrap_mean(values, seed=1) != bootstrap_mean(values, seed=2)


def test_the_bootstrap_of_many_values_comes_near_the_normal_interval() -> None:
    values = np.random.default_rng(0).normal(size=2000)
    assert bootstrap_mean(values, rounds=4000) == pytest.approx(normal(values), abs=0.005)


def test_a_ratio_weighs_each_unit_by_its_size() -> None:
    interval = bootstrap_ratio(np.array([[1.0, 1.0], [0.0, 3.0]]))
    assert interval.estimate == 0.25
    assert (interval.low, interval.high, interval.n) == (0.0, 1.0, 2)


def test_all_rounds_come_though_they_are_drawn_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.intervals.DRAWS_AT_ONCE", 10)
    means = resampled_means(np.ones((4, 1)), rounds=7)
    assert means.tolist() == [[1.0]] * 7


def test_equal_rows_are_drawn_together_and_to_the_same_effect() -> None:
    values = np.repeat([1.0, 0.0, 0.5], [600, 300, 100])
    assert bootstrap_mean(values, rounds=4000) == pytest.approx(normal(values), abs=0.002)


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (400, 805)])
def test_with_one_observation_in_each_cluster_the_clustered_interval_is_wilsons(successes: int, n: int) -> None:
    rows = [(1.0, 1.0)] * successes + [(0.0, 1.0)] * (n - successes)
    assert clustered_rate(Sums.of(rows)) == pytest.approx(wilson(successes, n))


def test_clusters_of_equal_observations_are_worth_one_each() -> None:
    rows = [(5.0, 5.0)] * 30 + [(0.0, 5.0)] * 20
    assert clustered_rate(Sums.of(rows))[:3] == pytest.approx(wilson(30, 50)[:3])
    assert clustered_rate(Sums.of(rows)).n == 250


def test_a_perfect_rate_over_few_clusters_is_not_beyond_doubt() -> None:
    assert clustered_rate(Sums.of([(100.0, 100.0)])).low == wilson(1, 1).low


def test_the_clustered_interval_holds_the_truth_as_often_as_it_says() -> None:
    chance = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        share = chance.beta(4, 2, size=60)
        tops = chance.binomial(4, share)
        found = clustered_rate(Sums.of([(float(top), 4.0) for top in tops]))
        held += found.low <= 4 / 6 <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_two_that_never_differed_are_not_equal_beyond_doubt() -> None:
    found = clustered_difference(Sums.of([(0.0, 1.0)] * 20))
    assert found.estimate == 0 and found.low < -0.05 and found.high > 0.05


def test_a_difference_lies_within_its_interval_and_over_nothing_is_not_known() -> None:
    found = clustered_difference(Sums.of([(1.0, 1.0)] * 8))
    assert found.low < found.estimate <= found.high <= 1
    assert clustered_difference(Sums(0, 0, 0, 0, 0, 0))[1:] == (-1.0, 1.0, 0)
