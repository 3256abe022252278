"""Two turns won and lost: how a judgment becomes two games, and what they come to, by hand."""

from typing import Any

import pytest

from annotation.models import Author, Judgment, Prompt, Response
from training.evaluation.benchmarks.results import QuestionOutcome
from training.evaluation.benchmarks.turn_comparisons import (
    by_question,
    comparison_figures,
    game_of,
    share,
    together,
    turned,
)
from training.evaluation.benchmarks.two_turns import TwoTurnRun
from training.evaluation.figures.mt_bench import Game, pair_figures

ONE, OTHER = Author(pk=1, name="one"), Author(pk=2, name="other")
OURS, THEIRS = (Response(pk=pk, text="x" * pk, metadata={}) for pk in (11, 12))


def verdict(prompt: int, value: float | None, turn: int = 1, consistent: bool | None = None) -> QuestionOutcome:
    judgment = Judgment(pk=prompt * 10 + turn, consistent=consistent)
    return QuestionOutcome(prompt, value, OURS, THEIRS, judgment, {"turn": turn})


def game(prompt: int, value: float | None, turn: Any = 1) -> Game:
    return game_of(verdict(prompt, value), turn, ONE, OTHER)


@pytest.mark.parametrize(
    ("value", "winner", "outcome"),
    [(1.0, "model_1", 1.0), (0.7, "model_1", 1.0), (0.0, "model_2", 0.0), (0.5, "tie", 0.5), (None, "error", None)],
)
def test_a_share_becomes_two_games_with_one_winner(value: float | None, winner: str, outcome: float | None) -> None:
    made = game(7, value)
    assert (made.question_id, made.g1_winner, made.g2_winner) == (7, winner, winner)
    assert made.failed if outcome is None else made.outcome("one") == outcome == 1 - made.outcome("other")


def test_a_tie_of_orders_that_contradict_each_other_is_told_from_a_real_one() -> None:
    apart = game_of(verdict(7, 0.5, consistent=False), 2, ONE, OTHER)
    assert not apart.consistent and apart.outcome("one") == 0.5 and apart.turn == 2
    assert game_of(verdict(7, 0.5, consistent=True), 2, ONE, OTHER).consistent


def test_a_win_of_inconsistent_orders_stays_a_win() -> None:
    assert game_of(verdict(7, 1.0, consistent=False), 1, ONE, OTHER).outcome("one") == 1


def test_a_verdict_turned_is_the_others() -> None:
    found = turned(verdict(7, 0.75), 1)
    assert (found.value, found.response, found.baseline_response) == (0.25, THEIRS, OURS)
    assert turned(verdict(7, None), 1).value is None


def test_a_question_is_the_mean_of_its_comparisons_without_the_failed_ones() -> None:
    found = together([verdict(7, 1.0), verdict(7, 0.0, 2), verdict(7, None, 2)])
    assert found.value == 0.5
    assert [(one["turn"], one["value"]) for one in found.details["comparisons"]] == [(1, 1.0), (2, 0.0), (2, None)]
    assert found.details["comparisons"][0] | {"turn": 1} == {"turn": 1, "value": 1.0, "judgment": 71, "against": 12}


def test_a_question_whose_every_comparison_failed_has_no_value() -> None:
    assert together([verdict(7, None)]).value is None


def test_same_words_have_no_judgment_to_be_told() -> None:
    (told,) = together([verdict(7, 0.5)._replace(judgment=None)]).details["comparisons"]
    assert told["judgment"] is None


def test_comparisons_are_grouped_by_question() -> None:
    found = by_question([verdict(7, 1.0), verdict(8, 0.0), verdict(7, 0.5, 2)])
    assert [(one.prompt, one.value) for one in found] == [(7, 0.75), (8, 0.0)]


def test_a_share_of_nothing_that_counts_is_none() -> None:
    assert share(ONE, []) is None and share(ONE, [game(7, None)]) is None
    assert share(ONE, [game(7, 1.0), game(8, 0.5), game(9, None)]) == 0.75


def test_figures_are_by_turn_and_by_category_over_an_authors_own_games() -> None:
    third = Author(pk=3, name="third")
    games = [game(1, 1.0), game(1, 0.0, 2), game(2, 0.5), game_of(verdict(2, 1.0), 1, OTHER, third)]
    questions = {1: Prompt(category="math"), 2: Prompt(category="law")}
    bench: Any = TwoTurnRun(None, None, None, questions, {ONE: {1: OURS}}, {})  # type: ignore[arg-type]
    found = comparison_figures(bench, ONE, pair_figures(games)["one"], games)
    assert (found.value, found.n, found.ties, found.failed) == (0.5, 3, 1, 0)
    assert (found.figures["turn_1"], found.figures["turn_2"]) == (0.75, 0.0)
    assert found.figures["by_category"] == {"law": 0.5, "math": 0.5} and found.figures["mode"] == "pair"
    assert found.mean_length == 11
