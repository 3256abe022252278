"""Which judgments count as comparisons, and in which order."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import timezone

from annotation.arena import stored_styles
from annotation.arena.comparisons import ComparisonFilters, Comparisons, compared
from annotation.models import Author, Judgment
from tests.annotation.making import author, collection, judge, pair, paired, prompt, response

pytestmark = pytest.mark.django_db


def names(found: Comparisons) -> list[tuple[str, str, float]]:
    known = Author.objects.in_bulk(found.authors)
    sides = [[known[found.authors[place]].name for place in two] for two in found.sides.tolist()]
    return [(left, right, won) for (left, right), won in zip(sides, found.outcomes.tolist(), strict=True)]


def given(judgment: Judgment, days_ago: int) -> None:
    Judgment.objects.filter(pk=judgment.pk).update(created_at=timezone.now() - timedelta(days=days_ago))


def test_a_grade_is_an_outcome_of_the_left_side() -> None:
    for number, grade in enumerate((-3, 0, 1)):
        judge(pair(f"{number}?"), grade)
    assert [won for *_, won in names(compared(ComparisonFilters()))] == [1.0, 0.5, 0.0]


def test_a_preference_is_a_finer_outcome() -> None:
    judge(pair("0?"), -2, preference=0.125)
    judge(pair("1?"), 1, preference=0.75)
    assert [won for *_, won in names(compared(ComparisonFilters()))] == [0.875, 0.25]


def test_comparisons_come_in_the_order_in_which_they_were_judged() -> None:
    given(judge(pair("0?"), -1), days_ago=1)
    given(judge(pair("1?"), 1), days_ago=2)
    assert [won for *_, won in names(compared(ComparisonFilters()))] == [0.0, 1.0]


def test_failed_and_superseded_judgments_do_not_count() -> None:
    judge(pair("0?"), None)
    judge(pair("1?"), 1, superseded_at=timezone.now())
    assert compared(ComparisonFilters()).n == 0


def test_two_texts_of_one_author_are_no_comparison() -> None:
    of = prompt()
    judge(paired(response(of, "One.", "a-model"), response(of, "Two.", "a-model")), 1)
    assert compared(ComparisonFilters()).n == 0


def test_comparisons_are_narrowed_by_collection_category_language_and_judge() -> None:
    found = pair("Quoi?", collection=collection("french"), category="chat", metadata={"language": "fr"})
    wanted = judge(found, -1, "a-person", "person")
    judge(pair("What?"), 1)
    for question in (
        ComparisonFilters(collection=collection("french")),
        ComparisonFilters(category="chat"),
        ComparisonFilters(language="fr"),
        ComparisonFilters(kind="person"),
        ComparisonFilters(judge=wanted.author),
    ):
        assert [won for *_, won in names(compared(question))] == [1.0]


def test_both_ends_of_a_span_of_days_count() -> None:
    given(judge(pair("0?"), -1), days_ago=2)
    judge(pair("1?"), 1)
    today = timezone.localdate()
    assert (
        compared(ComparisonFilters(since=today)).n
        == compared(ComparisonFilters(until=today - timedelta(days=2))).n
        == 1
    )
    assert compared(ComparisonFilters(since=today - timedelta(days=2), until=today)).n == 2
    assert compared(ComparisonFilters(until=date(2000, 1, 1))).n == 0


def test_comparisons_that_saw_the_names_are_left_out_where_that_is_known() -> None:
    judge(pair("0?"), 1, details={"blind": False})
    judge(pair("1?"), -1)
    assert [won for *_, won in names(compared(ComparisonFilters(blind=True)))] == [1.0]


def test_a_cap_counts_a_persons_first_comparisons_of_each_day_and_every_one_of_a_judge() -> None:
    for number, grade in enumerate((-1, 0, 1)):
        of = pair(f"{number}?")
        given(judge(of, grade, "a-person", "person"), days_ago=5)
        judge(of, grade, "a-judge")
    judge(pair("3?"), 1, "a-person", "person")
    people = author("a-person", "person")
    assert [won for *_, won in names(compared(ComparisonFilters(judge=people, cap=2)))] == [1.0, 0.5, 0.0]
    assert compared(ComparisonFilters(cap=1)).n == 2 + 3


def test_the_style_of_both_sides_comes_with_a_comparison_once_it_was_measured() -> None:
    of = pair("Title?", left="# One\n\n- two **three**", right="Four.")
    judge(of, 1)
    found = compared(ComparisonFilters(), styled=True)
    assert found.texts.tolist() == [[of.left_id, of.right_id]]
    assert (found.styles == -1).all()
    assert stored_styles.measure(found.texts.ravel().tolist()) == 2
    assert stored_styles.measure(found.texts.ravel().tolist()) == 0
    assert np.array_equal(compared(ComparisonFilters(), styled=True).styles[0], [[5, 1, 1, 1], [1, 0, 0, 0]])
