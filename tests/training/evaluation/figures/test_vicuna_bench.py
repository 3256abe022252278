from math import log

import pytest

from training.evaluation.figures.vicuna_bench import Review, Scores, calibrated, conflict_rate, figures


def reviewed(score: Scores, text: str | None = None) -> Review:
    return Review(1, f"{score[0]} {score[1]}\nBecause." if text is None else text, score)


def test_scores_are_summed_and_compared() -> None:
    found = figures([reviewed((8, 9)), reviewed((10, 6)), reviewed((7, 7))])
    assert (found["score_1"], found["score_2"], found["relative_score"]) == (25, 22, 88)
    assert (found["win_2"], found["win_1"], found["tie"]) == (1, 1, 1)


def test_a_review_without_scores_is_counted_and_not_summed() -> None:
    found = figures([reviewed((8, 9)), reviewed((-1, -1), "First, I will think.")])
    assert (found["score_2"], found["n"], found["unparsed"], found["unscored"]) == (9, 1, 1, 1)


def test_scores_entered_by_a_person_are_summed_and_said() -> None:
    found = figures([reviewed((10, 4), "First, I will think.")])
    assert (found["score_1"], found["unparsed"], found["unparsed_scored_by_hand"]) == (10, 1, 1)


def test_nothing_scored_has_no_relative_score() -> None:
    found = figures([reviewed((-1, -1), "No.")])
    assert (found["relative_score"], found["win_rate_2"], found["n"]) == (None, None, 0)


def test_a_judge_that_favours_the_first_position_is_calibrated_to_a_tie() -> None:
    found = calibrated([(9, 8)], [(9, 8)])
    assert (found.first, found.second) == (8.5, 8.5)
    assert found.entropy == pytest.approx(log(2))


def test_one_verdict_throughout_has_no_entropy() -> None:
    found = calibrated([(9, 8), (8, 7)], [(6, 9)])
    assert (found.first, found.second, found.entropy) == pytest.approx((26 / 3, 7, 0))


def test_calibration_needs_both_orders() -> None:
    with pytest.raises(ValueError, match="both"):
        calibrated([(9, 8)], [])


def test_a_conflict_is_a_verdict_that_changes_with_the_order() -> None:
    assert conflict_rate([(9, 8), (9, 8), (5, 5)], [(9, 8), (8, 9), (5, 5)]) == pytest.approx(1 / 3)
