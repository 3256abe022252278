import pytest

from training.evaluation.figures.arena import Battle, figures


def test_every_name_has_every_rating() -> None:
    found = figures([Battle("a", "b", "left"), Battle("b", "a", "left"), Battle("a", "b", "tie")])
    assert (found["n"], found["ties"]) == (3, 1)
    for figure in ("elo", "bradley_terry", "average_win_rate", "rating", "rating_low", "rating_high"):
        assert set(found[figure]) == {"a", "b"}, figure


def test_names_of_twenty_comparisons_have_a_final_rank() -> None:
    few = [Battle("a", "b", "left"), Battle("a", "b", "left"), Battle("b", "a", "left")]
    assert figures(few)["final_ranking"] == {}
    many = figures([Battle("a", "b", "left")] * 30 + [Battle("b", "a", "left")] * 3)
    assert many["final_ranking"] == {"a": 1, "b": 2}
    assert many["rating_low"]["a"] > many["rating_high"]["b"]


def test_names_that_never_won_back_are_said_to_be_undetermined() -> None:
    assert figures([Battle("a", "b", "left")])["undetermined_groups"] == [["a"], ["b"]]


def test_a_name_does_not_meet_itself() -> None:
    with pytest.raises(ValueError, match="give two names"):
        Battle("a", "a", "tie")
