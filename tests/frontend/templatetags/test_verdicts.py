"""Grades in words and bars."""

import pytest

from frontend.templatetags.verdicts import grade_bar, signed, verdict


@pytest.mark.parametrize(
    ("grade", "words"),
    [
        (None, "–"),
        (0, "tie"),
        (0.4, "tie"),
        (-1, "A slightly better"),
        (1.75, "B better"),
        (-3, "A much better"),
    ],
)
def test_a_grade_in_words(grade: float | None, words: str) -> None:
    assert verdict(grade) == words


def test_a_bar_leans_to_the_better_side() -> None:
    assert '<rect class="a" x="1.0" y="3" width="24.0"' in grade_bar(-3)
    assert '<rect class="b" x="25.0" y="3" width="16.0"' in grade_bar(2)
    assert "rect" not in grade_bar(None)


def test_numbers_carry_a_true_minus() -> None:
    assert [signed(number) for number in (1.5, -2.0, 0, None)] == ["+1.5", "−2", "0", "–"]
