"""Weeks as bars: the last half year, from the first week in which anything was judged."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Author, Judgment
from annotation.review import judgments
from frontend.presenters.people.person import HEIGHT, monday, weeks
from studio.accounts.models import User
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


def said(user: User, text: str, weeks_ago: int) -> None:
    made = judgments.record(pair(text), Author.of(user), grade=1, shown="left_first")
    at = timezone.now() - timedelta(weeks=weeks_ago)
    Judgment.objects.filter(pk=made.pk).update(created_at=at)


def test_the_highest_week_fills_the_chart_and_an_empty_one_has_no_bar(ann: User) -> None:
    for number, ago in enumerate((0, 2, 2)):
        said(ann, str(number), ago)
    then, between, now = weeks(ann.pk)
    assert (then.told.n, between.told.n, now.told.n) == (2, 0, 1)
    assert (then.y, then.height, between.height, now.height) == (0, HEIGHT, 0, HEIGHT / 2)
    assert now.begins == monday() and then.x < between.x < now.x


def test_a_week_opens_its_monday_to_its_sunday(ann: User) -> None:
    said(ann, "1", 0)
    (week,) = weeks(ann.pk)
    assert week.query == f"since={monday()}&until={monday() + timedelta(days=6)}"


def test_what_is_older_than_half_a_year_is_not_drawn(ann: User) -> None:
    said(ann, "1", 30)
    assert len(weeks(ann.pk)) == 26 and not any(week.told.n for week in weeks(ann.pk))
