"""Comparisons as arrays: equal ones in one row that counts more."""

import pytest

from annotation.statistics.comparisons import Comparison, distinct, weighted


def test_names_have_places_in_their_order() -> None:
    found = weighted([Comparison("b", "a", 1.0), Comparison("c", "a", 0.5)])
    assert found.names == ["a", "b", "c"]
    assert found.sides.tolist() == [[1, 0], [2, 0]]
    assert found.outcomes.tolist() == [1.0, 0.5]


def test_equal_comparisons_are_one_row_that_counts_as_often() -> None:
    found = distinct([Comparison("a", "b", 1.0)] * 3 + [Comparison("a", "b", 0.0)])
    assert sorted(zip(found.outcomes.tolist(), found.weights.tolist(), strict=True)) == [(0.0, 1.0), (1.0, 3.0)]
    assert found.played.tolist() == [4.0, 4.0]


def test_nothing_cannot_be_rated() -> None:
    with pytest.raises(ValueError, match="at least one"):
        weighted([])
