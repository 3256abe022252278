"""Who wins against whom under one judge, counted by hand."""

import pytest

from annotation.models import Author, Judgment
from annotation.statistics.significance import WinRate
from frontend.presenters.evaluation.win_matrix import SHOWN, Matrix, MatrixCell, of_judge
from tests.annotation.making import author, judge, paired, prompt, response

pytestmark = pytest.mark.django_db


@pytest.fixture
def gpt() -> Author:
    return author("gpt-4", "judge")


def met(text: str, left: str, right: str, grade: int | None, by: str = "gpt-4") -> Judgment:
    of = prompt(text)
    return judge(paired(response(of, f"{left}, left.", left), response(of, f"{right}, right.", right)), grade, by)


def rate_of(found: Matrix, one: str, other: str) -> WinRate:
    (cell,) = (cell for row in found.rows for cell in row if (cell.row.name, cell.column.name) == (one, other))
    assert cell.rate
    return cell.rate


def test_each_two_authors_have_both_directions_whoever_was_left(gpt: Author) -> None:
    met("1?", "one", "other", -2), met("2?", "other", "one", 1), met("3?", "one", "other", 0)
    found = of_judge(gpt)
    for one, other, wins, losses, rate in (("one", "other", 2, 0, 2.5 / 3), ("other", "one", 0, 2, 0.5 / 3)):
        cell = rate_of(found, one, other)
        assert (cell.wins, cell.losses, cell.ties) == (wins, losses, 1)
        assert cell.rate == pytest.approx(rate)


def test_the_interval_of_a_direction_is_the_mirrored_one_of_the_other(gpt: Author) -> None:
    for number, grade in enumerate((-2, -1, 1, 0, -3, -2)):
        met(f"{number}?", "one", "other", grade)
    found = of_judge(gpt)
    there, back = rate_of(found, "one", "other"), rate_of(found, "other", "one")
    assert back.low == pytest.approx(1 - there.high) and back.high == pytest.approx(1 - there.low)


def test_the_best_stands_first_and_those_that_never_met_have_an_empty_cell(gpt: Author) -> None:
    met("1?", "weak", "strong", 2), met("2?", "middle", "strong", 2), met("3?", "middle", "strong", -1)
    found = of_judge(gpt)
    assert [one.name for one in found.authors] == ["strong", "middle", "weak"]
    empty = {(cell.row.name, cell.column.name) for row in found.rows for cell in row if cell.rate is None}
    diagonal = {(one.name, one.name) for one in found.authors}
    assert empty - diagonal == {("weak", "middle"), ("middle", "weak")}


def test_several_pairs_of_one_prompt_count_as_their_mean(gpt: Author) -> None:
    of = prompt()
    for number, grade in enumerate((-2, -1, 1)):
        judge(paired(response(of, f"a{number}", "one"), response(of, f"b{number}", "other")), grade, "gpt-4")
    cell = rate_of(of_judge(gpt), "one", "other")
    assert (cell.n, cell.wins) == (1, 1) and cell.rate == pytest.approx(2 / 3)


def test_failures_other_judges_and_two_answers_of_one_author_count_for_nobody(gpt: Author) -> None:
    met("1?", "one", "other", None), met("2?", "one", "other", 2, by="claude"), met("3?", "one", "one", 2)
    assert of_judge(gpt).authors == []


def test_no_more_authors_are_drawn_than_fit(gpt: Author) -> None:
    for number in range(SHOWN + 3):
        met(f"{number}?", "one", f"other {number}", 1)
    assert len(of_judge(gpt).authors) == SHOWN == len(of_judge(gpt).rows)


@pytest.mark.parametrize(
    ("low", "high", "tone"), [(0.55, 0.8, "won"), (0.1, 0.45, "lost"), (0.4, 0.6, "open"), (0.5, 0.9, "open")]
)
def test_a_cell_has_the_tone_of_its_interval(low: float, high: float, tone: str) -> None:
    cell = MatrixCell(Author(), Author(), WinRate(1, 0, 0, (low + high) / 2, low, high))
    assert cell.tone == tone
    assert MatrixCell(Author(), Author(), None).tone == ""


@pytest.mark.parametrize(("rate", "step"), [(0.5, 0), (0.62, 1), (1.0, 5), (0.0, 5), (0.21, 3)])
def test_a_cell_is_the_deeper_the_farther_it_lies_from_one_half(rate: float, step: int) -> None:
    assert MatrixCell(Author(), Author(), WinRate(1, 1, 0, rate, 0.0, 1.0)).step == step
