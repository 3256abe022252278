"""What programs measured, with intervals."""

from typing import Any

import pytest

from annotation.statistics.intervals import wilson
from training.runs.figures import best_of, best_of_n, held_out

GRADES = {
    "10": {"n": 4, "accuracy": 1.0, "longer": 0.25},
    "2": {"n": 6, "accuracy": 0.75, "longer": 0.5},
}
HELD_OUT = {"n": 10, "accuracy": 0.85, "longer": 0.4, "majority": 0.6, "by_grade": GRADES}


def result(**figures: Any) -> dict[str, Any]:
    return {"figures": figures}


def test_a_result_without_them_has_none() -> None:
    assert held_out({}) is None and best_of_n({}) == []
    assert held_out(result(held_out=None)) is None


def test_accuracy_has_wilsons_interval_over_all_and_by_rising_grade() -> None:
    found = held_out(result(held_out=HELD_OUT))
    assert found and found.accuracy == wilson(8.5, 10)
    assert [(each.name, each.accuracy.n) for each in found.grades] == [("2", 6), ("10", 4)]
    assert found.grades[1].accuracy.high == 1.0 and found.grades[1].accuracy.low == pytest.approx(0.510, abs=1e-3)


def test_what_other_trainers_measure_has_no_rule_and_no_grades() -> None:
    found = held_out(result(held_out={"n": 8, "step": 12, "loss": 0.5, "accuracy": 0.75, "margin": 0.1}))
    assert found and (found.step, found.loss, found.margin, found.majority) == (12, 0.5, 0.1, None)
    assert found.accuracy == wilson(6, 8) and not found.grades
    finetuned = held_out(result(held_out={"n": 8, "loss": 0.5, "token_accuracy": 0.9}))
    assert finetuned and finetuned.accuracy is None and finetuned.token_accuracy == 0.9


def test_the_rule_that_is_right_more_often_stands_beside_each_grade() -> None:
    found = held_out(result(held_out=HELD_OUT))
    assert found and found.rule == "the shorter response"
    assert [each.by_rule for each in found.grades] == [0.5, 0.75]


def test_parts_are_read_with_their_intervals_and_lengths_from_shorter_to_longer() -> None:
    part = {"n": 5, "accuracy": 0.8, "longer": 0.5}
    parts = {"by_domain": {"code": part, "": part}, "by_length": {"longer": part, "shorter": part}}
    found = held_out(result(held_out=HELD_OUT | parts))
    assert found and [each.name for each in found.domains] == ["code", ""] and not found.languages
    assert [each.name for each in found.lengths] == ["shorter", "longer"]
    assert found.lengths[0].accuracy == wilson(4, 5)


def test_calibration_is_the_distance_between_probability_and_votes_over_all_pairs() -> None:
    bins = [{"n": 30, "predicted": 0.55, "voted": 0.65}, {"n": 10, "predicted": 0.9, "voted": 0.7}]
    found = held_out(result(held_out=HELD_OUT | {"calibration": bins}))
    assert found and found.calibration_error == pytest.approx(0.75 * 0.1 + 0.25 * 0.2)
    assert found.calibration[1].voted == wilson(7, 10)
    plain = held_out(result(held_out=HELD_OUT))
    assert plain and plain.calibration_error is None


def test_the_curve_has_students_quantile_over_prompts() -> None:
    # t(0.975; 9) = 2.262.
    found = best_of(4, 1.5, 10, error=0.1)
    assert found.low == pytest.approx(1.5 - 0.2262, abs=1e-4) and found.high == pytest.approx(1.7262, abs=1e-4)
    assert best_of(4, 1.5, 10).low is None


def test_the_curve_is_read_as_the_program_wrote_it() -> None:
    rows = [{"n": 1, "score": 0.0, "prompts": 10, "error": 0.1}, {"n": 2, "score": 3.0, "prompts": 10, "error": 0.2}]
    assert [(point.n, point.score, point.prompts) for point in best_of_n(result(best_of_n=rows))] == [
        (1, 0.0, 10),
        (2, 3.0, 10),
    ]
