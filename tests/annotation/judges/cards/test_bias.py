"""What a judge follows besides quality, counted in SQL, against the pure functions over the same judgments."""

import pytest

from annotation.judges.cards.bias import leaning
from annotation.judges.cards.figures import Rate
from annotation.models import JudgeCall, Judgment
from annotation.statistics import bias
from annotation.statistics.bias import Judged
from tests.annotation.judges.cards.judged import world
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


def rows() -> list[Judgment]:
    given = Judgment.objects.filter(author__name="judge one")
    return list(given.select_related("pair__left", "pair__right"))


def counted(found: Rate) -> tuple[float | None, int]:
    return found.estimate, found.n


def test_the_database_counts_as_the_pure_functions_do() -> None:
    world()
    found, given = leaning(author("judge one", "judge")), rows()
    judged = [Judged(row.pair.left.text, row.pair.right.text, row.grade or 0) for row in given]
    shown_once = [(row.shown == "left_first", row.grade or 0) for row in given if row.shown != "both"]
    first, longer, lists = bias.first_position_rate(shown_once), bias.longer_rate(judged), bias.list_rate(judged)
    assert counted(found.first_position) == pytest.approx((first.rate, first.n))
    assert counted(found.longer) == pytest.approx((longer.estimate, longer.n))
    assert counted(found.lists) == pytest.approx((lists.estimate, lists.n))
    same = [row.consistent for row in given]
    assert (found.consistency.top, found.consistency.n) == (sum(map(bool, same)), len(same))


def test_of_a_judge_that_read_both_orders_each_answer_counts() -> None:
    for number in range(4):
        one = pair(f"{number}?")
        judgment = judge(one, 0, shown="both", consistent=False)
        for shown, grade in (("left_first", -1), ("right_first", 2 if number else None)):
            call = {"pair": one, "author": judgment.author, "judgment": judgment, "prompt_digest": "0" * 64}
            JudgeCall.objects.create(**call, shown=shown, grade=grade, error="" if grade else "No verdict in it.")
    found = leaning(author("a-judge", "judge"))
    assert (found.first_position.estimate, found.first_position.n) == (1.0, 7)
    assert (found.consistency.estimate, found.consistency.n) == (0.0, 4)


def test_a_judge_without_judgments_has_no_figure() -> None:
    found = leaning(author("a-judge", "judge"))
    assert found.first_position.estimate is None and found.lists.estimate is None
