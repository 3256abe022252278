import numpy as np
import pytest
from scipy import optimize

from annotation.statistics.bradley_terry import LOG_BASE
from annotation.statistics.comparisons import Comparison, WeightedComparisons, weighted
from annotation.statistics.intervals import Floats
from annotation.statistics.ratings import SCALE, START
from annotation.statistics.style_control import RIDGE, controlled, covariates
from annotation.statistics.style_features import Style


def test_a_feature_that_never_differs_is_zero_and_not_a_division_by_zero() -> None:
    found = covariates([Style(10, 1, 0, 0), Style(30, 1, 0, 0)], [Style(20, 1, 0, 0), Style(10, 1, 0, 0)])
    assert np.sign(found[:, 0]).tolist() == [-1, 1]
    assert not found[:, 1:].any()


def test_a_model_that_wins_by_length_alone_falls_when_style_is_controlled() -> None:
    rng = np.random.default_rng(0)
    long, short = Style(400, 0, 0, 0), Style(100, 0, 0, 0)
    left = [long if rng.random() < 0.8 else short for _ in range(600)]
    right = [long if rng.random() < 0.2 else short for _ in range(600)]
    games = [
        Comparison("wordy", "brief", 0.5 if ours == theirs else float(ours.length > theirs.length))
        for ours, theirs in zip(left, right, strict=True)
    ]
    plain = controlled(weighted(games), covariates([short] * 600, [short] * 600), [[0, 1]]).ratings
    found = controlled(weighted(games), covariates(left, right), [[0, 1]])
    assert abs(plain[0].rating - plain[1].rating) > 150
    assert abs(found.ratings[0].rating - found.ratings[1].rating) < 60
    assert found.effects["length"].rating > 1


def test_newtons_method_finds_the_ratings_of_the_greatest_likelihood_and_tells_how_sure() -> None:
    rng = np.random.default_rng(1)
    left, right = ([Style(*row) for row in rng.integers(1, 50, (400, 4)).tolist()] for _ in range(2))
    sides = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "c")] * 100
    games = weighted([Comparison(one, other, float(rng.random() < 0.6)) for one, other in sides])
    found, values = controlled(games, covariates(left, right), [[0, 1, 2]]), likeliest(games, covariates(left, right))
    ratings = START + SCALE * (values[:3] - values[:3].mean())
    assert [row.rating for row in found.ratings] == pytest.approx(ratings.tolist(), abs=1e-2)
    for effect, value in zip(found.effects.values(), values[3:], strict=True):
        assert effect.rating == pytest.approx(value, abs=1e-4)
        assert effect.low is not None and effect.high is not None and effect.low < effect.rating < effect.high


def likeliest(games: WeightedComparisons, features: Floats) -> Floats:
    """Ratings and effects that minimise the penalised loss, by a method without derivatives of ours."""
    signs = np.zeros((len(games.sides), len(games.names)))
    for row, (one, other) in enumerate(games.sides):
        signs[row, one], signs[row, other] = LOG_BASE, -LOG_BASE
    rows = np.hstack([signs, features])

    def loss(values: Floats) -> float:
        logits = (rows @ values) * (2 * games.outcomes - 1)
        return float(games.weights @ np.logaddexp(0, -logits) + RIDGE / 2 * values @ values)

    return np.asarray(optimize.minimize(loss, np.zeros(rows.shape[1]), tol=1e-10).x)


def test_intervals_at_equal_style_hold_what_they_should() -> None:
    """Of 60 draws of 300 games between equals, the 95 % intervals miss the truth about three times."""
    missed = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        games = [Comparison("a", "b", float(rng.random() < 0.5)) for _ in range(300)]
        styles = [[Style(*row) for row in rng.integers(1, 50, (300, 4)).tolist()] for _ in range(2)]
        found = controlled(weighted(games), covariates(*styles), [[0, 1]]).ratings[0]
        assert found.low is not None and found.high is not None
        missed += not found.low < 1000 < found.high
    assert missed <= 7
