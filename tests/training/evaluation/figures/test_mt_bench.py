from dataclasses import replace
from typing import Any, Literal

import pytest

from training.evaluation import NoFigure
from training.evaluation.figures.mt_bench import Game, Rating, Winner, category, is_game, pair_figures, single_figures

Turn = Literal[1, 2]


def rated(score: float, question: int = 81, turn: Turn = 1, model: str = "m", judge: str = "gpt-4") -> Rating:
    return Rating(question, model, (judge, "single-v1"), score, turn)


def played(first: Winner, second: Winner, question: int = 81, judge: str = "gpt-4") -> Game:
    return Game(question, "m", "n", first, second, (judge, "pair-v2"), 1)


def of(*ratings: Rating) -> dict[str, Any]:
    return single_figures(ratings)["m"]


def test_the_average_is_over_scores_and_not_over_turns() -> None:
    found = of(rated(2), rated(4, question=82), rated(9, turn=2))
    assert (found["turn_1"], found["turn_2"], found["average"], found["n"]) == (3, 9, 5, 3)


def test_a_failed_rating_is_left_out_and_counted() -> None:
    found = of(rated(8), rated(-1, question=82))
    assert (found["average"], found["n"], found["failed"], found["turn_2"]) == (8, 1, 1, None)


def test_a_judgment_made_again_replaces_the_first_and_is_counted() -> None:
    found = of(rated(-1), rated(8))
    assert (found["average"], found["failed"], found["duplicates"]) == (8, 0, 1)


def test_a_failure_does_not_replace_what_was_rated_before() -> None:
    assert of(rated(8), rated(-1))["average"] == 8


def test_questions_have_the_published_categories() -> None:
    assert [category(number) for number in (81, 100, 101, 160, 80, 161)] == [
        "writing",
        "roleplay",
        "reasoning",
        "humanities",
        "other",
        "other",
    ]


def test_models_of_two_judges_are_refused_side_by_side() -> None:
    with pytest.raises(NoFigure, match="judges differ"):
        single_figures([rated(8), rated(8, model="n", judge="gpt-4o")])
    with pytest.raises(NoFigure, match="judges differ"):
        pair_figures([played("tie", "tie"), played("tie", "tie", judge="gpt-4o")])


def test_models_on_two_sets_of_questions_are_refused_side_by_side() -> None:
    with pytest.raises(NoFigure, match="m is judged on 1 of 2"):
        single_figures([rated(8), rated(8, model="n"), rated(8, model="n", question=82)])


def test_a_failed_rating_does_not_make_another_set() -> None:
    assert len(single_figures([rated(8), rated(-1, question=82), rated(8, 81, 1, "n"), rated(8, 82, 1, "n")])) == 2


def test_nothing_but_failures_has_no_mean() -> None:
    with pytest.raises(NoFigure, match="no rating could be parsed"):
        of(rated(-1))


def test_a_score_off_the_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="give 0 to 10"):
        rated(11)


def test_a_win_must_be_won_in_both_orders() -> None:
    games = [
        played("model_1", "model_1"),
        played("model_1", "model_2", 82),
        played("tie", "model_1", 83),
        played("tie", "tie", 84),
    ]
    found = pair_figures(games)["m"]
    assert [found[key] for key in ("win", "loss", "tie", "inconsistent")] == [1, 0, 3, 2]
    assert found["win_rate_adjusted"] == 0.625


def test_one_sides_wins_are_the_others_losses() -> None:
    found = pair_figures([played("model_1", "model_1"), played("model_2", "model_2", 82), played("tie", "tie", 83)])
    assert (found["m"]["win"], found["m"]["loss"]) == (found["n"]["loss"], found["n"]["win"]) == (1, 1)
    assert found["m"]["win_rate_adjusted"] + found["n"]["win_rate_adjusted"] == 1


def test_an_error_in_either_order_leaves_the_game_out() -> None:
    found = pair_figures([played("error", "model_1"), played("tie", "error", 82)])["m"]
    assert (found["n"], found["failed"], found["win_rate"], found["win_rate_adjusted"]) == (0, 2, None, None)


def test_a_game_is_told_from_a_rating_by_its_first_record() -> None:
    assert is_game({"g1_winner": "tie"})
    assert not is_game({"score": 1})
    assert not is_game(None)


def test_a_set_of_ones_own_tells_its_categories() -> None:
    rows = [Rating(1, "m", ("gpt-4", ""), 8, 1, "law"), Rating(1, "m", ("gpt-4", ""), 6, 2, "law")]
    found = of(*rows)
    assert found["by_category"] == {"law": 7}
    assert found["by_category_and_turn"] == {"law": {"turn_1": 8, "turn_2": 6, "n": 2}}


def test_two_turns_of_one_question_are_no_two_findings() -> None:
    winners: list[Winner] = ["model_1", "model_2"]
    once = [played(winners[number % 2], winners[number % 2], number) for number in range(60)]
    twice = [*once, *(replace(game, turn=2) for game in once)]
    narrow, wide = pair_figures(once)["m"], pair_figures(twice)["m"]
    assert wide["win_rate_adjusted"] == narrow["win_rate_adjusted"]
    # Both turns of each question ended alike, so twice the games say no more.
    assert wide["high"] - wide["low"] == pytest.approx(narrow["high"] - narrow["low"], rel=0.15)
