"""The likelihood of Bradley and Terry: two ways to its maximum agree, and both find what is known."""

from typing import Any

import numpy as np
import pytest

from annotation.statistics.bradley_terry import expit, fit, fit_surely, fitted, laplacian
from annotation.statistics.comparisons import Comparison, WeightedComparisons, weighted


def games(*rows: tuple[str, str, float, int]) -> WeightedComparisons:
    return weighted([Comparison(*row[:3]) for row in rows], [row[3] for row in rows])


TRIANGLE = games(("a", "b", 1, 3), ("a", "b", 0, 1), ("b", "c", 1, 2), ("b", "c", 0, 2), ("a", "c", 0.5, 3))


def none_of(of: WeightedComparisons) -> Any:
    return np.zeros((len(of.sides), 0))


def test_two_competitors_differ_by_the_log_of_their_odds() -> None:
    ratings = fit(games(("a", "b", 1, 10), ("a", "b", 0, 1)))
    assert ratings[0] - ratings[1] == pytest.approx(1.0, abs=1e-5)


def test_a_tie_is_half_a_win() -> None:
    ratings = fit(games(("a", "b", 0.5, 4)))
    assert ratings[0] == pytest.approx(ratings[1])


def test_both_ways_to_the_maximum_agree() -> None:
    values, _ = fit_surely(TRIANGLE, none_of(TRIANGLE), ridge=1e-6)
    ratings = fit(TRIANGLE)
    assert values - values.mean() == pytest.approx(ratings - ratings.mean(), abs=1e-4)


def test_a_feature_takes_what_it_explains() -> None:
    """The longer answer wins three times of four, whoever wrote it."""
    rows = [("a", "b", 1.0, 3), ("a", "b", 0.0, 1), ("b", "a", 1.0, 3), ("b", "a", 0.0, 1)]
    values, _ = fit_surely(games(*rows), np.ones((4, 1)), ridge=1e-6)
    assert values[0] == pytest.approx(values[1], abs=1e-5)
    assert values[2] == pytest.approx(np.log(3), abs=1e-4)


def test_more_comparisons_of_the_same_kind_are_surer() -> None:
    few = fit_surely(TRIANGLE, none_of(TRIANGLE), ridge=1e-3)[1]
    often = TRIANGLE._replace(weights=TRIANGLE.weights * 100)
    assert np.diag(fit_surely(often, none_of(often), ridge=1e-3)[1]).max() < np.diag(few).max()


def test_who_never_lost_has_no_endless_rating_under_a_ridge() -> None:
    won = games(("a", "b", 1, 50))
    assert np.isfinite(fit_surely(won, none_of(won), ridge=0.1)[0]).all()


def test_logits_of_any_size_do_not_overflow() -> None:
    with np.errstate(all="raise"):
        assert expit(np.array([-700.0, 0.0, 800.0])) == pytest.approx([0.0, 0.5, 1.0])


def test_the_rows_of_a_laplacian_add_up_to_nothing() -> None:
    found = laplacian(TRIANGLE.weights, TRIANGLE)
    assert found.sum(axis=1) == pytest.approx([0, 0, 0])
    assert found.diagonal().tolist() == [7.0, 8.0, 7.0]
    assert fitted(TRIANGLE, np.zeros((5, 2))) == 4
