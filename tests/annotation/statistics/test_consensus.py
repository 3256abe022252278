import pytest

from annotation.statistics.consensus import consensus, verdict


def test_the_sign_of_a_grade_is_its_verdict() -> None:
    assert [verdict(grade) for grade in (-3, -0.5, 0, 0.5, 3)] == [-1, -1, 0, 1, 1]


def test_more_than_half_of_the_votes_make_a_majority() -> None:
    found = consensus([3, 1, -1])
    assert (found.n, found.mean_grade, found.majority) == (3, 1.0, 1)


def test_half_of_the_votes_are_no_majority() -> None:
    assert consensus([2, -2]).majority is None


def test_ties_can_be_the_majority() -> None:
    assert consensus([0, 0, 3]).majority == 0


def test_votes_for_both_sides_are_a_dispute() -> None:
    assert consensus([3, 3, -1]).disputed


def test_a_tie_beside_a_preference_is_no_dispute() -> None:
    assert not consensus([3, 0]).disputed


def test_no_vote_has_no_consensus() -> None:
    with pytest.raises(ValueError, match="at least one"):
        consensus([])
