import pytest

from training.evaluation.figures.arena import ArenaComparison, figures


def test_every_name_has_every_rating() -> None:
    found = figures(
        [ArenaComparison("a", "b", "left"), ArenaComparison("b", "a", "left"), ArenaComparison("a", "b", "tie")]
    )
    assert (found["n"], found["ties"]) == (3, 1)
    for figure in ("elo", "bradley_terry", "average_win_rate", "rating", "rating_low", "rating_high"):
        assert set(found[figure]) == {"a", "b"}, figure


def test_names_of_twenty_comparisons_have_a_final_rank() -> None:
    few = [ArenaComparison("a", "b", "left"), ArenaComparison("a", "b", "left"), ArenaComparison("b", "a", "left")]
    assert figures(few)["final_ranking"] == {}
    many = figures([ArenaComparison("a", "b", "left")] * 30 + [ArenaComparison("b", "a", "left")] * 3)
    assert many["final_ranking"] == {"a": 1, "b": 2}
    assert many["rating_low"]["a"] > many["rating_high"]["b"]


def test_names_that_never_won_back_are_said_to_be_undetermined() -> None:
    assert figures([ArenaComparison("a", "b", "left")])["undetermined_groups"] == [["a"], ["b"]]


def test_a_name_does_not_meet_itself() -> None:
    with pytest.raises(ValueError, match="give two names"):
        ArenaComparison("a", "a", "tie")
