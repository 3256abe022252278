"""Why a pair becomes no preference: each reason by itself, and which of several is told."""

import pytest
from django.utils import timezone

from annotation.datasets.definitions import Preferences
from annotation.datasets.preferences import (
    CONTRADICTS,
    FELL_SHORT,
    THE_SAME,
    UNJUDGED,
    PairGrades,
    authors,
    judged,
    why_not,
)
from annotation.models import Judgment, Pair
from tests.annotation.making import author, judge, pair


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (PairGrades(), UNJUDGED),
        (PairGrades(failed=1), "the judge failed"),
        (PairGrades(failed=1, inconsistent=1), CONTRADICTS),
        (PairGrades(2.0, votes=1), "too few judgments"),
        (PairGrades(0.0, votes=2), "tie"),
        (PairGrades(0.0, votes=2, inconsistent=2), CONTRADICTS),
        (PairGrades(0.0, votes=2, inconsistent=1), "tie"),
        (PairGrades(-0.5, votes=2), "too close to a tie"),
        (PairGrades(-1.0, votes=2), ""),
        (PairGrades(3.0, votes=9, failed=4), ""),
    ],
)
def test_each_reason_is_told(said: PairGrades, reason: str) -> None:
    assert why_not(Preferences(min_votes=2, min_grade=1.0), said, unheard=False, same=False) == reason


def test_where_only_a_judge_that_falls_short_has_spoken_that_is_the_reason() -> None:
    assert why_not(Preferences(), PairGrades(), unheard=True, same=False) == FELL_SHORT
    assert why_not(Preferences(), PairGrades(failed=1), unheard=True, same=False) == "the judge failed"


def test_two_responses_of_one_text_are_no_preference_whatever_was_said() -> None:
    assert why_not(Preferences(), PairGrades(3.0, votes=1), unheard=False, same=True) == THE_SAME


def test_with_consistent_verdicts_only_a_tie_is_a_tie() -> None:
    asked = Preferences(consistent_only=True)
    assert why_not(asked, PairGrades(0.0, votes=1, inconsistent=1), unheard=False, same=False) == "tie"


@pytest.mark.django_db
def test_what_is_said_is_the_mean_of_current_valid_grades() -> None:
    of = pair()
    Judgment.objects.filter(pk=judge(of, -3, "ann", "person").pk).update(superseded_at=timezone.now())
    judge(of, 3, "ann", "person")
    judge(of, 0, "gpt-4", consistent=False)
    judge(of, None, "broken")
    (found,) = judged(Preferences(), Pair.objects.all())
    assert PairGrades(*found.said) == PairGrades(1.5, 2, 1, 1, right=0.75)


@pytest.mark.django_db
def test_a_pair_of_which_nobody_spoke_has_nothing_said() -> None:
    pair()
    (found,) = judged(Preferences(), Pair.objects.all())
    assert (found.said, found.unheard) == (None, False)


@pytest.mark.django_db
def test_who_counts_is_chosen_by_kind_and_by_name() -> None:
    ann, gpt, gold = author("ann", "person"), author("gpt-4", "judge"), author("gold", "gold")
    assert authors(Preferences()) == {ann.pk, gpt.pk}
    assert authors(Preferences(kinds=("person",))) == {ann.pk}
    assert authors(Preferences(authors=[gpt.pk, gold.pk])) == {gpt.pk}
