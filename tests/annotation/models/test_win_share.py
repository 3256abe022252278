"""What a judgment says of a side: Python and SQL by one rule, and no row that could say two things."""

from itertools import product

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from annotation.judges.protocols.grades import sign
from annotation.models import Judgment, win_share
from tests.annotation.making import judge, pair

pytestmark = pytest.mark.django_db
GRADES = (None, *range(-3, 4))
PREFERENCES = (None, 0.0, 0.001, 0.3, 0.5, 0.5000001, 0.9, 1.0)
# What the database takes: the preference is on the side of the grade, and one half, which is on none, is a tie.
SAID = [
    (grade, preference)
    for grade, preference in product(GRADES, PREFERENCES)
    if preference is None or (grade is not None and sign(preference - 0.5) == sign(grade))
]


@pytest.mark.parametrize(
    ("grade", "preference", "share"),
    [(-3, None, 0.0), (0, None, 0.5), (1, None, 1.0), (3, 0.8, 0.8), (-1, 0.4, 0.4), (None, None, None)],
)
def test_a_preference_says_the_share_and_else_the_side_of_the_grade(
    grade: int | None, preference: float | None, share: float | None
) -> None:
    assert win_share.of_right(grade, preference) == share
    assert win_share.of_side(grade, preference, is_right=False) == (None if share is None else 1 - share)


def test_a_share_is_won_tied_lost_or_failed() -> None:
    assert [win_share.outcome(share) for share in (0.51, 0.5, 0.49, None)] == ["won", "tied", "lost", "failed"]


def test_python_and_sql_agree_on_every_grade_and_preference_of_both_sides() -> None:
    for number, (grade, preference) in enumerate(SAID):
        judge(pair(f"{number}?"), grade, preference=preference)
    shares = {"right": win_share.OF_RIGHT, "left": win_share.OF_LEFT, "either": win_share.where(Q(grade__gt=0))}
    for row in Judgment.objects.annotate(**shares).values("grade", "preference", *shares):
        said = row["grade"], row["preference"]
        assert row["right"] == win_share.of_side(*said, is_right=True), said
        assert row["left"] == win_share.of_side(*said, is_right=False), said
        assert row["either"] == (row["right"] if (said[0] or 0) > 0 else row["left"]), said
    assert Judgment.objects.count() == len(SAID) == 27


def test_python_and_sql_agree_on_what_a_share_is_called() -> None:
    for number, said in enumerate(SAID):
        judge(pair(f"{number}?"), said[0], preference=said[1])
    words = [win_share.outcome(win_share.of_right(*said)) for said in SAID]
    rows = Judgment.objects.annotate(share=win_share.OF_RIGHT)
    for word in set(words):
        assert rows.filter(win_share.went(word)).aggregate(n=Count("pk"))["n"] == words.count(word), word
    assert len(set(words)) == 4


def test_the_database_refuses_a_preference_that_its_grade_denies() -> None:
    of = pair()
    for grade, preference in product(GRADES, PREFERENCES):
        if (grade, preference) not in SAID:
            with pytest.raises(IntegrityError), transaction.atomic():
                judge(of, grade, preference=preference)
