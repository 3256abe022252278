"""Two judges over the same votes."""

import pytest

from annotation.judges.cards.agreement import agreement
from annotation.judges.cards.side_by_side import beside
from tests.annotation.judges.cards.judged import world
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


def test_over_the_same_pairs_each_has_the_agreement_of_its_own_card() -> None:
    world()
    judges = author("judge one", "judge"), author("judge two", "judge")
    differences, same = beside(*judges)
    found = differences[0]
    for judge_, rate in zip(judges, (found.first, found.second), strict=True):
        assert rate == agreement(judge_)[0].people.with_ties
    assert found.estimate == pytest.approx((found.second.estimate or 0) - (found.first.estimate or 0))
    assert found.estimate is not None and found.low < found.estimate < found.high
    assert 0 < same.top < same.n


def test_a_judge_that_is_right_where_the_other_is_wrong_differs_beyond_doubt() -> None:
    for number in range(40):
        made = pair(f"{number}?")
        judge(made, 1, "ann", "person")
        judge(made, -1, "wrong")
        judge(made, 2, "right")
    (people, decided), same = beside(author("wrong", "judge"), author("right", "judge"))
    assert people.estimate == decided.estimate == 1.0 and people.low > 0.8
    assert same.estimate == 0.0


def test_pairs_that_only_one_has_judged_count_for_neither() -> None:
    made = pair()
    judge(made, 1, "ann", "person")
    judge(made, 1, "one")
    differences, same = beside(author("one", "judge"), author("other", "judge"))
    assert (differences, same.n, same.estimate) == ([], 0, None)
