"""Figures are counted when somebody looks and something changed, at most once in a minute."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import Author, Flag, Judgment
from annotation.review import judgments
from annotation.review.activity import Asked
from annotation.review.activity_cache import kept, known
from studio.accounts.models import User
from tests.annotation.making import pair

pytestmark = pytest.mark.django_db


def said(user: User, text: str) -> Judgment:
    return judgments.record(pair(text), Author.of(user), grade=1, shown="left_first")


@pytest.fixture
def minutes_pass(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    now = time.time()
    return lambda: monkeypatch.setattr("annotation.review.activity_cache.time.time", lambda: now + 61)


def test_within_a_minute_they_are_as_they_were_counted(ann: User, minutes_pass: Callable[[], None]) -> None:
    assert known(Asked()) is None
    said(ann, "1")
    assert kept(Asked())[ann.pk].n == 1
    said(ann, "2")
    assert kept(Asked())[ann.pk].n == 1
    minutes_pass()
    assert known(Asked()) is None and kept(Asked())[ann.pk].n == 2


@pytest.mark.parametrize("change", ["judgment", "withdrawn", "flag"])
def test_what_changed_is_counted_and_nothing_else(ann: User, minutes_pass: Callable[[], None], change: str) -> None:
    made = judgments.record(pair(), Author.of(ann), grade=1, shown="left_first")
    kept(Asked())
    minutes_pass()
    assert known(Asked()) is not None
    if change == "judgment":
        said(ann, "2")
    elif change == "withdrawn":
        judgments.withdraw(made)
    else:
        Flag.objects.create(pair=made.pair, author=made.author, reason="Broken")
    assert known(Asked()) is None


def test_each_question_has_its_own_figures(ann: User, bob: User, django_assert_num_queries: Any) -> None:
    said(ann, "1"), said(bob, "2")
    assert kept(Asked()).keys() == {ann.pk, bob.pk} and kept(Asked(person=ann.pk)).keys() == {ann.pk}
    with django_assert_num_queries(0):
        kept(Asked())
