"""What the database refuses of judgments and of judges' answers, and the counts that pairs carry."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import JudgeCall, Judgment, Pair
from annotation.review.pair_lock import recount
from tests.annotation.making import author, judge, pair

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"grade": 4}, "judgment_grade_in_scale"),
        ({"grade": -4}, "judgment_grade_in_scale"),
        ({"grade": None}, "judgment_failed_has_no_grade"),
        ({"grade": 1, "state": "failed"}, "judgment_failed_has_no_grade"),
        ({"grade": 1, "both_bad": True}, "judgment_both_bad_is_a_tie"),
        ({"grade": 1, "preference": 1.1}, "judgment_preference_is_a_share"),
        ({"grade": 1, "preference": -0.1}, "judgment_preference_is_a_share"),
        ({"grade": 1, "preference": 0.4}, "judgment_preference_on_the_side_of_the_grade"),
        ({"grade": 0, "preference": 0.6}, "judgment_preference_on_the_side_of_the_grade"),
        ({"grade": 1, "preference": 0.5}, "judgment_preference_on_the_side_of_the_grade"),
        ({"grade": -3, "preference": 0.5}, "judgment_preference_on_the_side_of_the_grade"),
        ({"grade": None, "state": "failed", "preference": 0.5}, "judgment_failed_has_no_grade"),
    ],
)
def test_a_judgment_that_says_two_things_is_refused(fields: dict[str, Any], constraint: str) -> None:
    of = pair()
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Judgment.objects.create(pair=of, author=author("ann", "person"), shown="left_first", **fields)


def test_an_author_has_one_current_judgment_of_a_pair_and_any_number_of_old_ones() -> None:
    of = pair()
    for grade in (1, 2):
        Judgment.objects.filter(pk=judge(of, grade, "ann").pk).update(superseded_at=timezone.now())
    judge(of, 3, "ann")
    with pytest.raises(IntegrityError, match="judgment_one_current"), transaction.atomic():
        judge(of, -3, "ann")


def test_one_delivery_is_one_judgment() -> None:
    of, one = pair(), "00000000-0000-0000-0000-000000000001"
    judge(of, 1, "ann", client_id=one)
    with pytest.raises(IntegrityError, match="client_id"), transaction.atomic():
        judge(of, 1, "bob", client_id=one)


@pytest.mark.parametrize("about", ["nothing", "both"])
def test_a_judges_answer_is_about_a_pair_or_about_a_response(about: str) -> None:
    of = pair()
    fields = {"pair": of, "response": of.left} if about == "both" else {}
    with pytest.raises(IntegrityError, match="judge_call_of_pair_or_response"), transaction.atomic():
        JudgeCall.objects.create(author=author("gpt-4", "judge"), shown="left_first", prompt_digest="0" * 64, **fields)


def test_the_counts_of_a_pair_are_those_of_its_current_valid_judgments() -> None:
    of = pair()
    old = judge(of, -3, "ann")
    Judgment.objects.filter(pk=old.pk).update(superseded_at=timezone.now())
    judge(of, None, "broken")
    judge(of, 2, "ann")
    judge(of, 1, "bob")
    assert Pair.objects.values_list("n_judgments", "mean_grade", "disputed").get() == (2, 1.5, False)
    judge(of, -1, "gpt-4")
    assert Pair.objects.values_list("n_judgments", "disputed").get() == (3, True)


def test_a_pair_whose_judgments_were_all_taken_back_has_none() -> None:
    of = pair()
    judge(of, 3)
    Judgment.objects.update(superseded_at=timezone.now())
    recount(Pair.objects.values_list("pk", flat=True))
    assert Pair.objects.values_list("n_judgments", "mean_grade", "disputed").get() == (0, None, False)


def test_the_mark_is_another_after_each_change() -> None:
    of, seen = pair(), {Judgment.mark()}
    made = judge(of, 1)
    seen.add(Judgment.mark())
    Judgment.objects.filter(pk=made.pk).update(superseded_at=timezone.now())
    assert len(seen | {Judgment.mark()}) == 3
