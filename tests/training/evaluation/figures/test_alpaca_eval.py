from collections.abc import Iterable
from math import isnan

import numpy as np
import pytest

from training.evaluation import NoFigure
from training.evaluation.figures.alpaca_eval import (
    Annotation,
    Difficulty,
    average_length,
    difficulty_by_instruction,
    figures,
    win_rates,
)


def judged(preferences: Iterable[float | None]) -> list[Annotation]:
    return [Annotation(f"do {number}", "ours", "theirs", value) for number, value in enumerate(preferences)]


def test_a_preference_is_a_win_between_nought_and_one() -> None:
    assert [row.win for row in judged([1, 2, 1.5, 0, 1.25])] == [0, 1, 0.5, 0.5, 0.25]


def test_a_failed_judgment_is_no_win_and_no_draw() -> None:
    assert all(isnan(row.win) for row in judged([None, -1]))
    found = figures(judged([2, 1, None, -1]))
    assert (found["win_rate"], found["n_total"], found["n_failed"]) == (50, 2, 2)


def test_a_preference_off_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="give 1 to 2"):
        judged([3])


def test_the_discrete_rate_rounds_doubt_away_but_not_a_draw() -> None:
    assert win_rates(np.array([0.9, 0.4, 0.5, 0.2]))["discrete_win_rate"] == 37.5


def test_a_baseline_against_itself_is_at_fifty_without_doubt() -> None:
    found = win_rates(np.full(805, 0.5))
    assert (found["win_rate"], found["standard_error"], found["n_draws"]) == (50.0, 0.0, 805)


def test_nothing_but_failures_has_no_win_rate() -> None:
    with pytest.raises(NoFigure, match="every judgment failed"):
        figures(judged([None, None]))


def test_a_missing_output_has_no_length() -> None:
    assert average_length(["1234567", None, ""]) == 2


def test_models_and_judges_are_named() -> None:
    row = Annotation("do", "a", "b", 2, generator_1="base", generator_2="ours", annotator="gpt-4")
    found = figures([row])
    assert (found["baseline"], found["model"], found["judge"]) == ("base", "ours", "gpt-4")


def test_difficulty_follows_the_instruction_and_not_its_place() -> None:
    rows = [Difficulty(2.0, instruction="do 1"), Difficulty(1.0, instruction="do 0")]
    assert difficulty_by_instruction(rows, judged([1])) == {"do 0": 1.0, "do 1": 2.0}


def test_difficulty_by_place_serves_where_every_place_is_there() -> None:
    rows = [Difficulty(2.0, index=1), Difficulty(1.0, index=0)]
    assert difficulty_by_instruction(rows, judged([1, 2])) == {"do 0": 1.0, "do 1": 2.0}


@pytest.mark.parametrize("places", [[0, 1], [0, 1, 2, 3], [1, 2, 3]])
def test_difficulty_by_place_is_refused_where_places_would_shift(places: list[int]) -> None:
    with pytest.raises(NoFigure, match="columns instruction, instruction_difficulty"):
        difficulty_by_instruction([Difficulty(1.0, index=place) for place in places], judged([1, 2, 1]))
