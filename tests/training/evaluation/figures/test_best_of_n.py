from itertools import combinations

import numpy as np
import pytest

from training.evaluation.figures.best_of_n import curve, expected_best_of, kl_bound


@pytest.mark.parametrize("n", [1, 2, 3, 5, 6])
def test_it_is_the_mean_over_every_choice_of_n(n: int) -> None:
    scores, gold = np.array([3.0, 1, 4, 1.5, 9, 2.6]), np.array([0.0, 1, 1, 0, 1, 0.5])
    every = [gold[max(chosen, key=lambda place: scores[place])] for chosen in combinations(range(6), n)]
    assert expected_best_of(n, scores, gold) == pytest.approx(np.mean(every))


def test_best_of_one_is_the_mean_and_best_of_all_the_maximum() -> None:
    scores = np.array([0.2, 0.9, 0.4])
    assert expected_best_of(1, scores) == pytest.approx(0.5)
    assert expected_best_of(3, scores) == 0.9


def test_the_order_of_samples_with_one_score_does_not_matter() -> None:
    scores = np.array([1.0, 1.0, 0.0])
    assert expected_best_of(2, scores, np.array([0.0, 1.0, 5.0])) == pytest.approx(
        expected_best_of(2, scores, np.array([1.0, 0.0, 5.0]))
    )


@pytest.mark.parametrize("n", [0, 4])
def test_more_than_there_are_samples_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 3"):
        expected_best_of(n, np.zeros(3))


def test_a_curve_has_a_value_for_each_prompt() -> None:
    found = curve([1, 2], [np.array([0.0, 1.0]), np.array([2.0, 4.0])])
    assert {n: values.tolist() for n, values in found.items()} == {1: [0.5, 3.0], 2: [1.0, 4.0]}


@pytest.mark.parametrize(("n", "nats"), [(1, 0), (4, 0.636), (16, 1.835), (64, 3.175)])
def test_the_bound_on_how_far_the_policy_moves(n: int, nats: float) -> None:
    assert kl_bound(n) == pytest.approx(nats, abs=5e-4)
