"""What a judge follows besides quality, counted in SQL, against plain functions over the same judgments."""

import pytest

from annotation.judges.cards.bias import bias
from annotation.judges.cards.figures import Rate
from annotation.models import JudgeCall, Judgment
from annotation.statistics.bias import SIGNIFICANT_LENGTH, has_list
from annotation.statistics.verdict import verdict
from tests.annotation.judges.cards.judged import world
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


def rows() -> list[Judgment]:
    given = Judgment.objects.filter(author__name="judge one")
    return list(given.select_related("pair__left", "pair__right"))


def counted(found: Rate) -> tuple[float | None, int]:
    return found.estimate, found.n


def share(won: list[float]) -> tuple[float, int]:
    return sum(won) / len(won), len(won)


def first_won(given: list[Judgment]) -> list[float]:
    """Of judgments in one order, whether the response shown first won; a tie is a half."""
    once = [(row.shown == "left_first", row.grade or 0) for row in given if row.shown != "both"]
    return [(1 - verdict(grade) * (1 if left_first else -1)) / 2 for left_first, grade in once]


def longer_won(given: list[Judgment]) -> list[float]:
    """Of decided judgments, whether the clearly longer text won."""
    gaps = [(row.pair.right.length - row.pair.left.length, row.grade or 0) for row in given]
    return [float((gap > 0) == (grade > 0)) for gap, grade in gaps if grade and abs(gap) > SIGNIFICANT_LENGTH]


def list_won(given: list[Judgment]) -> list[float]:
    """Of decided judgments where one text alone has a list, whether that one won."""
    sides = [(has_list(row.pair.left.text), has_list(row.pair.right.text), row.grade or 0) for row in given]
    return [float(right == (grade > 0)) for left, right, grade in sides if grade and left != right]


def test_the_database_counts_as_plain_functions_do() -> None:
    world()
    found, given = bias(author("judge one", "judge")), rows()
    assert counted(found.first_position) == pytest.approx(share(first_won(given)))
    assert counted(found.longer) == pytest.approx(share(longer_won(given)))
    assert counted(found.lists) == pytest.approx(share(list_won(given)))
    same = [row.consistent for row in given]
    assert (found.consistency.top, found.consistency.n) == (sum(map(bool, same)), len(same))


def test_of_a_judge_that_read_both_orders_each_answer_counts() -> None:
    for number in range(4):
        one = pair(f"{number}?")
        judgment = judge(one, 0, shown="both", consistent=False)
        for shown, grade in (("left_first", -1), ("right_first", 2 if number else None)):
            call = {"pair": one, "author": judgment.author, "judgment": judgment, "prompt_digest": "0" * 64}
            JudgeCall.objects.create(**call, shown=shown, grade=grade, error="" if grade else "No verdict in it.")
    found = bias(author("a-judge", "judge"))
    assert (found.first_position.estimate, found.first_position.n) == (1.0, 7)
    assert (found.consistency.estimate, found.consistency.n) == (0.0, 4)


def test_a_judge_without_judgments_has_no_figure() -> None:
    found = bias(author("a-judge", "judge"))
    assert found.first_position.estimate is None and found.lists.estimate is None
