"""The questions of one result or of two: whose side won, what was said of them, and where people see it otherwise."""

from collections.abc import Callable
from typing import Any

import pytest

from annotation.models import JudgeCall, Pair
from frontend.presenters.evaluation.questions import Category, Explorer, QuestionRow, words
from tests.annotation.making import author, judge
from tests.frontend.benching import asked, row

pytestmark = pytest.mark.django_db


def listed(explorer: Explorer, **chosen: object) -> list[QuestionRow]:
    ids = explorer.verdicts(chosen).order_by("prompt_id").values_list("pk", flat=True)
    return explorer.questions(list(ids))


def pair_of(name: str, number: int = 0) -> Pair:
    """The baseline's answer to a question (left) beside that of a model."""
    return Pair.objects.get(prompt=asked(number + 1)[number], right__author__name=name)


@pytest.mark.parametrize(
    ("grade", "says"),
    [
        (None, "failed"),
        (0, "A and B tie"),
        (1, "B slightly better than A"),
        (-2, "A better than B"),
        (3, "B much better than A"),
    ],
)
def test_a_verdict_names_the_winner_first(grade: int | None, says: str) -> None:
    assert words(grade, "A", "B") == says


def test_a_result_by_itself_is_b_against_its_baseline() -> None:
    explorer = Explorer(None, row("one", [1.0, 0.5, 0.0, None]))
    found = listed(explorer)
    assert [question.words for question in found] == ["B better", "tied", "A better", "failed"]
    assert [question.tone for question in found] == ["b", "", "a", ""]
    assert [text.name for text in found[0].texts] == ["base", "one"]
    assert (explorer.has_sides, explorer.n_sides, explorer.name_of_a) == (True, 2, "base")


def test_two_results_are_held_against_each_other_question_by_question() -> None:
    one, other = row("one", [1.0, 0.5, 0.0]), row("other", [0.5, 0.5, 0.5])
    found = listed(Explorer(other, one))
    assert [question.gain for question in found] == [0.5, 0.0, -0.5]
    assert [(text.tone, text.name, text.value) for text in found[0].texts] == [("a", "other", 0.5), ("b", "one", 1.0)]


def test_a_question_that_only_one_result_has_is_neither_won_nor_lost() -> None:
    explorer = Explorer(row("short", [0.0]), row("long", [1.0, 1.0]))
    found = listed(explorer)
    assert [question.words for question in found] == ["B better", "failed"]
    assert found[1].texts[0].response is None


def test_points_without_a_baseline_have_one_side() -> None:
    explorer = Explorer(None, row("one", [9.0], baseline=""))
    assert (explorer.has_sides, explorer.n_sides) == (False, 1)
    assert [(text.tone, text.name) for text in listed(explorer)[0].texts] == [("b", "one")]


@pytest.mark.parametrize(("outcome", "n"), [("b", 2), ("a", 1), ("tie", 1), ("failed", 1), ("", 5), ("nonsense", 5)])
def test_questions_are_narrowed_by_who_won(outcome: str, n: int) -> None:
    explorer = Explorer(None, row("one", [1.0, 0.8, 0.0, 0.5, None]))
    assert len(listed(explorer, outcome=outcome)) == n


def test_categories_count_every_question_whatever_is_chosen() -> None:
    # Even places are writing, odd ones maths.
    found = Explorer(None, row("one", [1.0, 0.0, 0.5, None, 1.0])).categories()
    assert found == [Category("maths", 1, 0, 0, 1), Category("writing", 0, 1, 2, 0)]
    assert [category.n for category in found] == [1, 3]


def test_what_a_judge_said_is_told_in_the_letters_of_the_texts() -> None:
    explorer = Explorer(None, row("one", [1.0]))
    (said,) = listed(explorer)[0].said
    assert (said.words, said.tone, said.judgment.rationale) == ("B slightly better than A", "b", "Because it says so.")


def test_people_and_the_results_own_judge_are_told_and_other_judges_are_not() -> None:
    explorer = Explorer(None, row("one", [1.0]))
    judge(pair_of("one"), -2, "ann", "person"), judge(pair_of("one"), -2, "stranger", "judge")
    said = [one.judgment.author.name for one in listed(explorer)[0].said]
    assert said == ["a-judge", "ann"]


def test_each_answer_of_a_judge_says_in_which_order_it_read() -> None:
    explorer, by = Explorer(None, row("one", [1.0])), author("a-judge", "judge")
    beneath = pair_of("one").judgments.get()
    for shown, grade, error in (("left_first", 2, ""), ("right_first", None, "It has no verdict.")):
        call = {"pair": pair_of("one"), "author": by, "judgment": beneath, "prompt_digest": "d", "raw": "So."}
        JudgeCall.objects.create(**call, shown=shown, grade=grade, error=error)
    calls = listed(explorer)[0].said[0].calls
    assert [call.order.split()[-1] for call in calls] == ["first", "first"]
    assert calls[0].order != calls[1].order and calls[1].words == "It has no verdict."


def test_a_page_of_questions_costs_the_same_for_one_as_for_nine(
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    explorer = Explorer(row("other", [0.0] * 9), row("one", [1.0] * 9))
    ids = list(explorer.verdicts({}).order_by("prompt_id").values_list("pk", flat=True))
    for some in (ids[:1], ids):
        with django_assert_max_num_queries(6):
            assert len(explorer.questions(some)) == len(some)
