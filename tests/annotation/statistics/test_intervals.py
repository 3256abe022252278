import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.statistics.intervals import (
    Sums,
    clustered_difference,
    clustered_mean,
    clustered_rate,
    mean,
    mean_share,
    resampled_means,
    standard_error,
    wilson,
    within,
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


def test_a_mean_has_students_interval() -> None:
    values = np.array([1.0, 2.0, 3.0, 4.0])
    assert standard_error(values) == pytest.approx(0.6454972)
    # t = 3.182446 for three degrees of freedom; ours is 3.178645.
    assert mean(values.tolist()) == pytest.approx((2.5, 0.445740, 4.554260, 4), abs=3e-3)
    assert mean(values.tolist()) == pytest.approx((2.5, 0.448212, 4.551788, 4), abs=1e-6)


@pytest.mark.parametrize(("degrees", "t"), [(1, 12.70620), (2, 4.30265), (4, 2.77645), (9, 2.26216), (99, 1.98422)])
def test_students_quantiles_are_those_of_the_tables(degrees: int, t: float) -> None:
    assert within(0.95, degrees) == pytest.approx(t, abs=1e-3)


def test_what_shows_no_spread_has_no_interval() -> None:
    assert standard_error(np.array([7.0])) == 0
    assert mean([7.0]) is None
    assert mean([0.1] * 5) is None
    assert clustered_mean(Sums.of([(16.0, 2.0)] * 3)) is None


def test_turns_of_one_question_that_score_alike_are_one_observation() -> None:
    scores = [5.0, 7.0, 8.0, 4.0, 9.0]
    once, twice = mean(scores), clustered_mean(Sums.of((2 * score, 2.0) for score in scores))
    assert once and twice and twice[:3] == pytest.approx(once[:3])


def test_ties_make_a_win_rate_surer_and_nothing_but_ties_not_beyond_doubt() -> None:
    ties, coins = mean_share([0.5] * 8 + [1.0, 0.0]), mean_share([1.0, 0.0] * 5)
    assert ties.high - ties.low < 0.7 * (coins.high - coins.low)
    assert 0.4 < mean_share([0.5] * 20).low < 0.5


def test_a_mean_and_its_standard_error_give_the_interval_of_the_values() -> None:
    values = np.array([1.0, 0.5, 0.0, 0.25, 1.0, 1.0])
    told = Sums.of_mean(float(values.mean()), standard_error(values), len(values))
    assert clustered_rate(told) == pytest.approx(mean_share(values.tolist()))
    assert Sums.of_totals(6, values.sum(), (values**2).sum()) == pytest.approx(told)


def test_all_rounds_come_though_they_are_drawn_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotation.statistics.intervals.DRAWS_AT_ONCE", 10)
    means = resampled_means(np.ones((4, 1)), rounds=7)
    assert means.tolist() == [[1.0]] * 7


def test_a_seed_fixes_what_is_drawn() -> None:
    rows = np.arange(50, dtype=np.float64).reshape(50, 1)
    once, again, other = (resampled_means(rows, rounds=5, seed=seed).tolist() for seed in (1, 1, 2))
    assert once == again != other


def test_equal_rows_are_drawn_together_and_to_the_same_effect() -> None:
    values = np.repeat([1.0, 0.0, 0.5], [600, 300, 100])
    assert resampled_means(values[:, None], rounds=4000).std() == pytest.approx(standard_error(values), rel=0.05)


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


def test_two_that_never_differed_are_not_equal_beyond_doubt() -> None:
    found = clustered_difference(Sums.of([(0.0, 1.0)] * 20))
    assert found.estimate == 0 and found.low < -0.05 and found.high > 0.05


def test_a_difference_lies_within_its_interval_and_over_nothing_is_not_known() -> None:
    found = clustered_difference(Sums.of([(1.0, 1.0)] * 8))
    assert found.low < found.estimate <= found.high <= 1
    assert clustered_difference(Sums(0, 0, 0, 0, 0, 0))[1:] == (-1.0, 1.0, 0)
