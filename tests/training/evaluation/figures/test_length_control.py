import numpy as np
import pytest

from training.evaluation.figures.alpaca_eval import LengthComparison
from training.evaluation.figures.length_control import (
    GAMED_WEIGHT,
    GamedRow,
    best_c,
    difficulties,
    fit,
    head_to_head,
    length_controlled,
    rows,
)

GAMED = [GamedRow(std_delta_len=-1.0, instruction_difficulty=0.0, preference=0.6)]
KNOWN = {str(number): 0.0 for number in range(400)}


def bought_by_length() -> list[LengthComparison]:
    """Wins whenever the model's answer is longer, which it mostly is."""
    rng = np.random.default_rng(0)
    gaps = rng.normal(-300, 400, size=400).astype(int).tolist()
    return [LengthComparison(str(number), gap, float(gap < 0)) for number, gap in enumerate(gaps)]


def test_wins_bought_by_length_are_taken_away() -> None:
    comparisons = bought_by_length()
    raw = 100 * np.mean([comparison.win for comparison in comparisons])
    assert raw > 70
    assert length_controlled(comparisons, KNOWN, GAMED)["length_controlled_winrate"] < 60


def test_wins_at_equal_length_are_kept() -> None:
    comparisons = [LengthComparison(str(number), 0, float(number % 4 > 0)) for number in range(400)]
    assert length_controlled(comparisons, KNOWN, GAMED)["length_controlled_winrate"] == pytest.approx(75, abs=1)


def test_without_its_inputs_the_figure_is_called_rough_and_says_why() -> None:
    found = length_controlled(bought_by_length(), {"0": 1.0})
    assert found["length_controlled_winrate"] is None
    assert 0 < found["rough_length_controlled_winrate"] < 100
    assert ["399 of 400" in found["lc_notes"][0], "--gamed" in found["lc_notes"][1]] == [True, True]


def test_unknown_difficulty_counts_as_the_mean_of_the_known() -> None:
    assert difficulties(["a", "b", "c"], {"a": 1.0, "c": 3.0}).tolist() == [1, 2, 3]
    assert difficulties(["a"], {}).tolist() == [0]


def test_a_failed_comparison_is_not_fitted() -> None:
    comparisons = [
        LengthComparison("a", 1, 1.0),
        LengthComparison("b", 5, float("nan")),
        LengthComparison("c", 3, 0.0),
    ]
    assert rows(comparisons, np.zeros(3), ()).wins.tolist() == [1, 0]


def test_gamed_games_weigh_a_tenth_and_carry_no_model() -> None:
    training = rows([LengthComparison("a", 1, 1.0), LengthComparison("b", -1, 0.0)], np.zeros(2), GAMED)
    assert training.weights.tolist() == [1, 1, GAMED_WEIGHT]
    assert training.terms[:, 2].tolist() == [1, 1, 0]


def test_a_gamed_preference_off_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="give 0 to 1"):
        GamedRow(0.0, 0.0, 1.5)


def test_noise_is_fitted_with_a_strong_penalty_and_signal_with_a_weak_one() -> None:
    rng = np.random.default_rng(0)
    noise = [LengthComparison(str(n), int(gap), float(n % 2)) for n, gap in enumerate(rng.normal(0, 100, 200))]
    strong, weak = (
        best_c(rows(comparisons, np.zeros(len(comparisons)), ())) for comparisons in (noise, bought_by_length())
    )
    assert strong < weak


@pytest.mark.parametrize("win", [0.0, 1.0])
def test_a_model_that_always_wins_or_loses_has_a_finite_figure(win: float) -> None:
    comparisons = [LengthComparison(str(number), number - 200, win) for number in range(400)]
    rate = length_controlled(comparisons, KNOWN, GAMED)["length_controlled_winrate"]
    assert abs(rate - 100 * win) < 10


def test_a_model_that_always_wins_is_fitted_without_other_games_too() -> None:
    comparisons = [LengthComparison(str(number), number - 200, 1.0) for number in range(400)]
    assert length_controlled(comparisons, {})["rough_length_controlled_winrate"] > 95


def test_one_game_alone_is_fitted_without_an_error() -> None:
    assert length_controlled([LengthComparison("0", 5, 1.0)], KNOWN, GAMED)["length_controlled_winrate"] >= 50


def test_a_model_against_itself_is_at_fifty() -> None:
    comparisons = bought_by_length()
    found = fit(rows(comparisons, np.zeros(len(comparisons)), GAMED), 1.0)
    assert head_to_head(found, found, np.arange(5, dtype=np.float64)) == pytest.approx(50)
