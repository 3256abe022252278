"""Figures of people, computed by hand on few judgments."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from annotation.models import Author, Flag, Judgment, Pair, Remark
from annotation.review import judgments
from annotation.review.activity import Activity, Asked, activity, parts
from annotation.review.agreement import agreements_of
from annotation.statistics.intervals import wilson
from studio.accounts.models import User
from tests.annotation.making import author, collection, judge, pair

pytestmark = pytest.mark.django_db


def said(user: User, of: Pair, grade: int, **fields: Any) -> Judgment:
    return judgments.record(of, Author.of(user), grade=grade, **({"shown": "left_first"} | fields))


def of(user: User, **asked: Any) -> Activity:
    return activity(Asked(**asked)).get(user.pk, Activity())


def test_judgments_are_counted_today_in_seven_days_and_in_all(ann: User, bob: User) -> None:
    for days, n in ((0, 1), (1, 2), (6, 3), (7, 4)):
        for number in range(n):
            made = said(ann, pair(f"{days} {number}"), 1)
            Judgment.objects.filter(pk=made.pk).update(created_at=timezone.now() - timedelta(days=days))
    assert (of(ann).today, of(ann).week, of(ann).n) == (1, 6, 10)
    assert of(bob) == Activity()
    since = timezone.localdate() - timedelta(days=1)
    assert of(ann, since=since).n == 3


def test_what_was_superseded_or_withdrawn_counts_no_more(ann: User) -> None:
    one, other = pair("1"), pair("2")
    said(ann, one, 1), said(ann, one, -1), judgments.withdraw(said(ann, other, 1))
    assert of(ann).n == 1


def test_median_ties_and_what_was_too_fast(ann: User) -> None:
    for number, (grade, seconds) in enumerate(((0, 2.0), (1, 10.0), (2, 30.0), (-1, 0.1))):
        said(ann, pair(str(number)), grade, seconds=seconds)
    judgments.record(pair("bad"), Author.of(ann), both_bad=True, shown="left_first")
    told = of(ann)
    assert (told.seconds, told.ties, told.both_bad, told.too_fast) == (6.0, 1, 1, 1)


def test_left_is_as_shown_and_ties_are_apart(ann: User) -> None:
    for number, (grade, shown) in enumerate(
        ((-1, "left_first"), (1, "right_first"), (1, "left_first"), (0, "left_first"))
    ):
        said(ann, pair(str(number)), grade, shown=shown)
    left = of(ann).first_position
    assert (left.top, left.n) == (2, 3)
    assert (left.low, left.high) == pytest.approx(wilson(2, 3)[1:3])


def test_longer_is_among_those_that_clearly_differ_in_length(ann: User) -> None:
    said(ann, pair("1", "short", "long " * 20), 1)
    said(ann, pair("2", "short", "long " * 20), -1)
    said(ann, pair("3", "short", "long " * 20), 0)
    said(ann, pair("4", "about", "alike"), 1)
    assert (of(ann).longer.top, of(ann).longer.n) == (1, 2)


def test_agreement_counts_every_other_judgment_and_ties_as_the_studio_does(ann: User, bob: User) -> None:
    for number, (mine, theirs, judged) in enumerate(((1, 2, -1), (0, 0, 0), (0, 1, 1), (-2, -1, None))):
        made = pair(str(number))
        said(ann, made, mine), said(bob, made, theirs), judge(made, 1, "imported", "person")
        judge(made, judged)
    told = of(ann)
    assert (told.people.with_ties.top, told.people.with_ties.n, told.people.with_ties.pairs) == (4, 8, 4)
    assert (told.people.without_ties.top, told.people.without_ties.n) == (3, 4)
    assert (told.judges.with_ties.top, told.judges.with_ties.n) == (1, 3)
    assert (told.judges.without_ties.top, told.judges.without_ties.n) == (0, 1)


def test_one_judge_may_be_chosen(ann: User) -> None:
    made = pair()
    said(ann, made, 1), judge(made, 1, "one"), judge(made, -1, "other")
    assert (of(ann).judges.with_ties.top, of(ann).judges.with_ties.n) == (1, 2)
    assert of(ann, judge=author("other", "judge").pk).judges.with_ties.estimate == 0.0


def test_it_is_what_my_own_judgments_show(ann: User, bob: User) -> None:
    for number, (mine, theirs) in enumerate(((1, 1), (1, -1), (0, 0), (2, 0), (-1, -3))):
        made = pair(str(number))
        said(ann, made, mine), said(bob, made, theirs)
    (companion,) = agreements_of(Author.of(ann))
    told = of(ann).people
    for mine_, shown in ((told.with_ties, companion.with_ties), (told.without_ties, companion.without_ties)):
        assert (mine_.top, mine_.n) == shown.tally
        assert (mine_.low, mine_.high) == pytest.approx((shown.interval.low, shown.interval.high))


def test_flags_and_skips_are_counted_and_tell_when_somebody_was_last_at_work(ann: User) -> None:
    made = pair()
    Flag.objects.create(pair=made, author=Author.of(ann), reason="Broken")
    skipped = Remark.objects.create(pair=made, author=Author.of(ann))
    assert (of(ann).n, of(ann).flags, of(ann).skips, of(ann).last) == (0, 1, 1, skipped.created_at)
    assert of(ann, collection=collection("other").pk) == Activity()


def test_figures_are_told_apart_by_collection_and_by_week(ann: User) -> None:
    said(ann, pair("1"), 1), said(ann, pair("2", collection=collection("other")), 1)
    by_collection = parts(Asked(person=ann.pk), "collection")
    assert {part: told.n for (_, part), told in by_collection.items()} == {"a-collection": 1, "other": 1}
    monday = timezone.localdate() - timedelta(days=timezone.localdate().weekday())
    assert {part: told.n for (_, part), told in parts(Asked(person=ann.pk), "week").items()} == {str(monday): 2}


def test_ten_people_take_as_many_queries_as_one(ann: User, django_assert_num_queries: Callable[[int], Any]) -> None:
    said(ann, pair("1"), 1)
    with django_assert_num_queries(4):
        activity(Asked())
    for number in range(9):
        said(User.objects.create_user(f"person-{number}"), pair(f"of {number}"), 1)
    with django_assert_num_queries(4):
        assert len(activity(Asked())) == 10
