"""What choosing among n responses gains, with Student's interval."""

from typing import Any

import pytest

from frontend.presenters.training.best_of_n import curve, point


def result(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"figures": {"best_of_n": list(rows)}}


def test_one_point_or_none_is_no_curve() -> None:
    assert curve({}) is None and curve(result()) is None
    assert curve(result({"n": 1, "score": 0.1, "prompts": 9})) is None


def test_an_interval_has_students_quantile_over_prompts() -> None:
    # t(0.975; 9) = 2.262.
    found = point(4, 1.5, 10, error=0.1)
    assert found.low == pytest.approx(1.5 - 0.2262, abs=1e-4) and found.high == pytest.approx(1.7262, abs=1e-4)
    assert point(4, 1.5, 10).low is None


def test_the_axis_holds_every_point_and_every_end() -> None:
    rows = [{"n": 1, "score": 0.0, "prompts": 10, "error": 0.1}, {"n": 2, "score": 3.0, "prompts": 10}]
    found = curve(result(*rows))
    assert found and found.lowest == pytest.approx(-0.2262, abs=1e-4) and found.highest == 3.0
    assert found.scores == [0.0, 3.0]
