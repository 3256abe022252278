import pytest

from annotation.judges.protocols import grades


@pytest.mark.parametrize(
    ("first", "second", "grade"), [(7, 7, 0), (7, 7.5, 1), (8, 7, -1), (6, 7.5, 2), (5, 8, 3), (1, 10, 3), (10, 1, -3)]
)
def test_each_begun_point_is_a_step(first: float, second: float, grade: int) -> None:
    assert grades.of_scores(first, second) == grade


def test_scores_within_the_margin_are_a_tie() -> None:
    assert grades.of_scores(7, 7.5, tie_within=0.5) == 0
    assert grades.of_scores(7, 7.6, tie_within=0.5) == 1


@pytest.mark.parametrize(
    ("share", "grade"), [(0, -3), (0.1, -2), (0.3, -1), (0.49, -1), (0.5, 0), (0.51, 1), (0.7, 1), (0.8, 2), (1, 3)]
)
def test_a_share_is_a_tie_at_one_half_only(share: float, grade: int) -> None:
    assert grades.of_preference(share) == grade
