import numpy as np
import pytest

from annotation.statistics.significance import evidence_that_better, paired_difference, win_rate


def test_a_tie_is_half_a_win() -> None:
    found = win_rate([1, 1, 0, 0.5])
    assert (found.wins, found.losses, found.ties, found.n) == (2, 1, 1, 4)
    assert found.rate == 0.625
    assert found.low < 0.625 < found.high


def test_no_game_has_no_win_rate() -> None:
    assert win_rate([])[4:] == (0.0, 1.0)


def test_only_shared_prompts_are_compared() -> None:
    a = {"p": 0.2, "q": 0.4, "only a": 9.0}
    b = {"p": 0.3, "q": 0.7, "only b": -9.0}
    interval = paired_difference(a, b).interval
    assert interval == pytest.approx((0.2, -0.941217, 0.973440, 2), abs=1e-6)


def test_pairing_finds_a_small_steady_gain_that_separate_means_hide() -> None:
    noise = np.random.default_rng(0).normal(size=200)
    a = {prompt: float(value) for prompt, value in enumerate(noise)}
    b = {prompt: value + 0.01 * (1 + prompt % 2) for prompt, value in a.items()}
    found = paired_difference(a, b, are_points=True)
    assert found.interval.low > 0
    assert found.share_above_zero == 1


def test_no_difference_is_above_zero_half_of_the_time() -> None:
    same = {1: 0.5, 2: 0.25}
    assert paired_difference(same, same).share_above_zero == 0.5


def test_two_sets_without_a_shared_prompt_are_refused() -> None:
    with pytest.raises(ValueError, match="share no prompt"):
        paired_difference({1: 0.0}, {2: 0.0})


def test_many_wins_decide_and_say_when() -> None:
    found = evidence_that_better([1] * 20)
    assert found.decided_at is not None
    assert found.decided_at < 10
    assert found.p_value < 0.001


def test_wins_after_wins_were_lost_again_leave_the_decision_standing() -> None:
    found = evidence_that_better([1] * 10 + [0] * 30)
    assert found.decided_at is not None
    assert found.wealth < 1 < found.peak


def test_losses_and_ties_are_no_evidence() -> None:
    assert evidence_that_better([0.5] * 100).wealth == pytest.approx(1)
    assert evidence_that_better([0] * 100).p_value == 1
    assert evidence_that_better([]).p_value == 1


def test_looking_after_every_outcome_errs_no_more_often_than_alpha() -> None:
    coins = np.random.default_rng(0).integers(0, 2, size=(1000, 400))
    wrong = sum(evidence_that_better(row, alpha=0.1).decided_at is not None for row in coins.tolist())
    assert 0 < wrong <= 100


def test_an_outcome_that_is_no_outcome_is_refused() -> None:
    with pytest.raises(ValueError, match="outside"):
        evidence_that_better([1, 3])
