import numpy as np
import pytest

from annotation.statistics.comparisons import Comparison
from annotation.statistics.ratings import (
    average_win_rate,
    bradley_terry,
    elo,
    final_ranking,
    groups,
    ratings,
    win_fractions,
)

TRUE = {"strong": 1.0, "fair": 0.0, "weak": -1.0}


@pytest.fixture(scope="module")
def games() -> list[Comparison]:
    """Six hundred games of three players of known strength (natural logits)."""
    rng = np.random.default_rng(0)
    pairs = [("strong", "fair"), ("fair", "weak"), ("weak", "strong")] * 200
    return [
        Comparison(left, right, float(rng.random() < 1 / (1 + np.exp(TRUE[right] - TRUE[left]))))
        for left, right in pairs
    ]


def test_an_elo_game_between_equals_moves_half_of_k() -> None:
    assert elo([Comparison("a", "b", 1)]) == {"a": 1002.0, "b": 998.0}


def test_elo_keeps_the_sum() -> None:
    found = elo([Comparison("a", "b", 1), Comparison("b", "c", 0.5), Comparison("c", "a", 0)], k=32)
    assert sum(found.values()) == pytest.approx(3000)


def test_bradley_terry_of_two_is_the_share_of_wins() -> None:
    games = [Comparison("a", "b", 1)] * 3 + [Comparison("b", "a", 1)]
    assert bradley_terry(games) == pytest.approx({"a": 0.75, "b": 0.25}, abs=1e-7)


def test_the_order_of_games_does_not_matter_to_bradley_terry(games: list[Comparison]) -> None:
    assert bradley_terry(games[::-1]) == pytest.approx(bradley_terry(games), abs=1e-7)


def test_known_strengths_are_found_within_their_intervals(games: list[Comparison]) -> None:
    scale = 400 / np.log(10)
    for name, found in ratings(games).items():
        assert found.low is not None and found.high is not None
        assert found.low < 1000 + scale * TRUE[name] < found.high
        assert found.low < found.rating < found.high


def test_players_whose_intervals_part_are_ranked_apart(games: list[Comparison]) -> None:
    assert final_ranking(ratings(games)) == {"strong": 1, "fair": 2, "weak": 3}


def test_of_too_few_games_there_is_a_rating_without_an_interval_and_without_a_rank() -> None:
    few = [Comparison("a", "b", 1), Comparison("b", "a", 1), Comparison("a", "b", 1)]
    found = ratings(few)["a"]
    assert found.rating > 1000 and (found.low, found.high) == (None, None)
    assert final_ranking(ratings(few)) == {}
    assert final_ranking(ratings(few * 7)) == {"a": 1, "b": 1}


def test_ties_say_more_than_coins() -> None:
    coins = ratings([Comparison("a", "b", number % 2) for number in range(60)])["a"]
    ties = ratings([Comparison("a", "b", 0.5)] * 58 + [Comparison("a", "b", 1), Comparison("a", "b", 0)])["a"]
    assert ties.rating == pytest.approx(coins.rating)
    assert ties.high and coins.high and ties.high - 1000 < (coins.high - 1000) / 3


def test_a_player_that_never_loses_has_no_determined_rating() -> None:
    beaten = [Comparison("a", "b", 1), Comparison("b", "c", 0.5)]
    assert sorted(map(sorted, groups(beaten))) == [["a"], ["b", "c"]]
    assert len(groups([*beaten, Comparison("c", "a", 1)])) == 1


def test_a_win_fraction_and_its_reverse_sum_to_one() -> None:
    found = win_fractions([Comparison("a", "b", 1), Comparison("b", "a", 0.5)])
    assert found == {"a": {"b": 0.75}, "b": {"a": 0.25}}


def test_the_average_win_rate_weighs_every_rival_alike() -> None:
    games = [Comparison("a", "b", 1)] * 9 + [Comparison("a", "c", 0)]
    assert average_win_rate(games)["a"] == 0.5


def test_no_game_has_no_rating() -> None:
    with pytest.raises(ValueError, match="at least one"):
        bradley_terry([])
