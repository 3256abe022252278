"""One result in points: its categories in the published order, and each question with what judges said of it."""

from typing import Any

import pytest

from annotation import turns
from annotation.models import Author, JudgeCall, Pair
from frontend.presenters.evaluation import benchmarks
from frontend.presenters.evaluation.benchmarks import by_category, rim, turn_of, turns_of
from tests.annotation.making import author, judge, paired, response
from tests.frontend.measured import call, result
from training.models import BenchmarkResult, BenchmarkVerdict

pytestmark = pytest.mark.django_db


def figures(mode: str = "single", **by: float) -> dict[str, Any]:
    return {"figures": {"mode": mode, "by_category": by}}


def made(name: str = "one", benchmark: str = "mt_bench", **fields: Any) -> BenchmarkResult:
    return BenchmarkResult(name=name, benchmark=benchmark, **fields)


def test_published_categories_stand_in_their_order_and_a_sets_own_behind_them() -> None:
    found = by_category([made(**figures(math=5.0, writing=9.0, zoology=4.0, anatomy=3.0))])
    assert found and found.names == ["writing", "math", "anatomy", "zoology"]
    assert found.series == [("one", [9.0, 5.0, 3.0, 4.0])]


def test_a_category_that_a_result_lacks_is_an_empty_cell() -> None:
    found = by_category([made(**figures(math=5.0)), made("other", **figures(writing=9.0))])
    assert found and found.series == [("one", [None, 5.0]), ("other", [9.0, None])]
    assert [[cell.value for cell in cells] for _, cells in found.rows] == [[None, 9.0], [5.0, None]]


def test_without_categories_there_is_no_picture() -> None:
    assert by_category([made(figures={})]) is None


def test_both_turns_stand_beside_a_categorys_mean_where_they_are_known() -> None:
    told = figures(math=6.5)
    told["figures"]["by_category_and_turn"] = {"math": {"turn_1": 9.0, "turn_2": 4.0}}
    cell = benchmarks.cell(made(**told), "math")
    assert (cell.value, cell.turn_1, cell.turn_2) == (6.5, 9.0, 4.0)
    assert benchmarks.cell(made(**figures(math=6.5)), "math").turn_1 is None


@pytest.mark.parametrize(
    ("benchmark", "mode", "values", "end"),
    [
        ("mt_bench", "single", [9.9], 10.0),
        ("mt_bench", "pair", [0.4], 1.0),
        ("vicuna_bench", "", [87.0], 100.0),
        ("vicuna_bench", "", [None, 101.0], 120.0),
        ("vicuna_bench", "", [140.0], 140.0),
    ],
)
def test_the_rim_is_where_the_scale_ends(benchmark: str, mode: str, values: list[float | None], end: float) -> None:
    assert rim(made(benchmark=benchmark, **figures(mode)), values) == end


@pytest.fixture
def verdict() -> BenchmarkVerdict:
    """9 points for the first turn of one question, 4 for the second."""
    result()
    return BenchmarkVerdict.objects.get()


def test_each_turn_has_its_question_answer_reference_and_points(verdict: BenchmarkVerdict) -> None:
    first, second = turns_of(verdict, [])
    assert (first.number, second.question, second.reference) == (1, "An even one?", "Two")
    assert [first.answers[0][2], second.answers[0][2]] == ["Seven.", "Four."]
    assert [[one.words for one in turn.said] for turn in (first, second)] == [["9 of 10"], ["4 of 10"]]


def test_one_reference_is_that_of_the_first_turn(verdict: BenchmarkVerdict) -> None:
    verdict.prompt.metadata["reference"] = "2"
    assert [turn.reference for turn in turns_of(verdict, [])] == ["2", ""]


def test_an_answer_that_could_not_be_read_says_so_in_place_of_points(verdict: BenchmarkVerdict) -> None:
    JudgeCall.objects.filter(author__name__endswith="turn 2").update(error="It has no rating.")
    (said,) = turns_of(verdict, [])[1].said
    assert (said.words, said.failed, said.error) == ("", True, "It has no rating.")


def test_two_answers_have_letters_and_more_have_none(verdict: BenchmarkVerdict) -> None:
    rivals = [response(verdict.prompt, f"By {name}.", name) for name in ("x", "y")]
    assert [letter for letter, *_ in turns_of(verdict, rivals[:1])[0].answers] == ["a", "b"]
    assert [letter for letter, *_ in turns_of(verdict, rivals)[0].answers] == ["", "", ""]


def test_an_answer_of_one_turn_is_empty_at_the_second(verdict: BenchmarkVerdict) -> None:
    rival = response(verdict.prompt, "Only once.", "x")
    assert [turn.answers[1][2] for turn in turns_of(verdict, [rival])] == ["Only once.", ""]


def test_a_judge_of_another_name_rated_something_else(verdict: BenchmarkVerdict) -> None:
    assert verdict.response
    call(verdict.response, author("another judge · turn 1", "judge"), scores=[1.0], raw="[[1]]")
    assert [one.words for one in turns_of(verdict, [])[0].said] == ["9 of 10"]


@pytest.mark.parametrize(
    ("name", "turn"), [("fastchat/single · gpt-4 · turn 2", 2), ("gpt-4", None), ("turn 2", None), ("a · turn 12", 12)]
)
def test_which_turn_a_judge_reads_is_in_its_name(name: str, turn: int | None) -> None:
    assert turn_of(Author(name=name)) == turn


def compared(verdict: BenchmarkVerdict, **fields: Any) -> tuple[Pair, JudgeCall]:
    """The verdict's own response (left) against a rival's, as a judge answered."""
    assert verdict.response
    met = paired(verdict.response, response(verdict.prompt, "A rival's.", "x"))
    by = author("fastchat/pair · gpt-4 · turn 1", "judge")
    beneath = judge(met, 1, by.name)
    given = {"judgment": beneath, "grade": 1} | fields
    BenchmarkVerdict.objects.filter(pk=verdict.pk).update(judgment=beneath)
    verdict.refresh_from_db()
    return met, call(met, by, **given)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"grade": 1}, "lost"),
        ({"grade": -2}, "won"),
        ({"grade": 0}, "tied"),
        ({"grade": -1, "preference": 0.9}, "lost"),
        ({"scores": [8.0, 6.5]}, "8 against 6.5"),
    ],
)
def test_a_comparison_is_told_for_whom_the_page_is_about(
    verdict: BenchmarkVerdict, fields: dict[str, Any], words: str
) -> None:
    compared(verdict, **fields)
    assert [one.words for one in turns_of(verdict, [])[0].said] == [words]


@pytest.mark.parametrize(("shown", "order"), [("left_first", "read first"), ("right_first", "read second")])
def test_a_comparison_says_which_of_the_two_was_read_first(verdict: BenchmarkVerdict, shown: str, order: str) -> None:
    compared(verdict, shown=shown)
    assert turns_of(verdict, [])[0].said[0].order == order


def test_a_judge_of_the_first_turn_says_nothing_at_the_second(verdict: BenchmarkVerdict) -> None:
    compared(verdict)
    assert [len(turn.said) for turn in turns_of(verdict, [])] == [1, 0]


def test_a_set_of_single_questions_has_one_turn(verdict: BenchmarkVerdict) -> None:
    verdict.prompt.metadata = {}
    assert turns.asked(verdict.prompt.metadata, "x") == ["x"] and len(turns_of(verdict, [])) == 1
