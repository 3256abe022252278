"""Up to six authors on one set of prompts: which answers stand beside each other, and every figure by hand."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import BadRequest
from django.http import Http404, QueryDict

from annotation.models import Author, Prompt
from frontend.presenters.evaluation import compare
from frontend.presenters.evaluation.compare import PairVerdict, Side
from tests.annotation.making import author, collection, judge, paired, prompt, response, score
from tests.frontend.machines import version

pytestmark = pytest.mark.django_db

EVERY = ""


@pytest.fixture
def columns() -> list[Side]:
    """`one` and `other`, in this order."""
    return [Side("A", author("one")), Side("B", author("other"))]


def met(text: str, grade: int | None, turned: bool = False, by: str = "gpt-4") -> Prompt:
    """A prompt on which a judge graded one's answer (left) against other's; `turned`: other's is left."""
    of = prompt(text)
    names = ("other", "one") if turned else ("one", "other")
    left, right = (response(of, f"{name} of {text}", name) for name in names)
    judge(paired(left, right), grade, by)
    return of


def shown(*prompts: Prompt) -> list[dict[str, Any]]:
    return [{"id": one.pk} for one in prompts]


def asked(*ids: int) -> QueryDict:
    return QueryDict("&".join(f"c={pk}" for pk in ids))


def test_columns_stand_in_the_order_of_the_address_each_once() -> None:
    one, other = author("one").pk, author("other").pk
    found = compare.sides(asked(other, one, other))
    assert [(side.letter, side.author.name, side.tone) for side in found] == [("A", "other", "a"), ("B", "one", "b")]


def test_an_author_that_is_gone_leaves_no_gap_in_the_letters() -> None:
    found = compare.sides(asked(999, author("one").pk))
    assert [(side.letter, side.author.name) for side in found] == [("A", "one")]


def test_a_seventh_column_is_refused_and_a_third_has_no_colour() -> None:
    six = [author(name).pk for name in "uvwxyz"]
    assert [side.tone for side in compare.sides(asked(*six))] == ["a", "b", "", "", "", ""]
    with pytest.raises(BadRequest, match="the address names 7"):
        compare.sides(asked(*six, author("seventh").pk))


def test_a_set_is_a_version_a_collection_or_every_prompt() -> None:
    inside, outside = prompt("In?", collection=collection("mine")), prompt("Out?", collection=collection("other"))
    frozen = version([inside])
    for key, found in (("@mine", [inside]), (str(frozen.pk), [inside]), (EVERY, [inside, outside])):
        assert list(compare.prompt_set(key).prompts.order_by("pk")) == found, key


@pytest.mark.parametrize("key", ["@nowhere", "999", "abc", "-1", "9" * 40])
def test_a_set_that_there_is_not_is_not_found(key: str) -> None:
    with pytest.raises(Http404):
        compare.prompt_set(key)


@pytest.mark.parametrize(
    ("grade", "among", "words", "tone"),
    [
        (None, False, "failed", ""),
        (None, True, "failed on A and C", ""),
        (0, False, "A and C tie", ""),
        (-1, False, "A slightly better", "a"),
        (3, False, "C much better", ""),
        (2, True, "C better than A", ""),
        (-2, True, "A better than C", "a"),
    ],
)
def test_a_verdict_names_the_side_and_how_much(grade: int | None, among: bool, words: str, tone: str) -> None:
    found = PairVerdict("gpt-4", Side("A", Author()), Side("C", Author()), grade, among)
    assert (found.words, found.tone) == (words, tone)


def test_a_prompt_is_shown_where_every_column_answered(columns: list[Side]) -> None:
    both, half = met("Both?", 1), prompt("Half?")
    response(half, "Alone.", "one")
    assert list(compare.answered_by_all(Prompt.objects.all(), columns)) == [both]
    assert list(compare.answered_by_all(Prompt.objects.order_by("pk"), columns[:1])) == [both, half]


def test_prompts_are_found_by_what_a_judge_said_whichever_side_was_left(columns: list[Side]) -> None:
    won = [met("Left wins?", -2), met("Right wins?", 1, turned=True)]
    lost, tied, failed = met("Lost?", 3), met("Tie?", 0), met("Failed?", None)
    unasked = prompt("Unasked?")
    gpt = author("gpt-4", "judge")
    for verdict, found in (("a", won), ("b", [lost]), ("tie", [tied]), ("failed", [failed]), ("none", [unasked])):
        rows = compare.with_verdict(Prompt.objects.order_by("pk"), columns, gpt, verdict)
        assert list(rows) == found, verdict
    assert compare.with_verdict(Prompt.objects.all(), columns, gpt, "nonsense").count() == 6


def test_the_answer_that_was_judged_is_the_one_that_is_shown(columns: list[Side]) -> None:
    of = prompt()
    response(of, "First.", "one")
    judged = response(of, "Judged.", "one")
    judge(paired(judged, response(of, "Other.", "other")), -2, "gpt-4")
    (row,) = compare.rows(shown(of), columns)
    cell = row.answers[0].response
    assert cell and (cell.text, cell.n, cell.more) == ("Judged.", 2, 1)
    assert [verdict.words for verdict in row.verdicts] == ["A better"]


def test_a_verdict_on_answers_that_are_not_shown_is_not_told(columns: list[Side]) -> None:
    of = met("Both?", 2)
    judge(paired(response(of, "Third.", "third"), response(of, "Again.", "one")), -1, "gpt-4")
    (row,) = compare.rows(shown(of), columns)
    assert [verdict.words for verdict in row.verdicts] == ["B better"]


def test_a_superseded_verdict_is_not_told(columns: list[Side]) -> None:
    of = met("Both?", 2)
    of.pairs.get().judgments.update(superseded_at="2026-01-01T00:00Z")
    assert compare.rows(shown(of), columns)[0].verdicts == []


def test_the_best_of_a_row_is_marked_for_each_rater_and_the_first_of_equals(columns: list[Side]) -> None:
    of = prompt()
    one, other = response(of, "One.", "one"), response(of, "Other.", "other")
    for rater, values in (("rm", (1.0, 2.0)), ("other-rm", (5.0, 5.0))):
        for answer, value in zip((one, other), values, strict=True):
            score(answer, value, rater)
    (row,) = compare.rows(shown(of), columns)
    raters = {found.name: found.rater for cell in row.answers for found in cell.scores}
    assert [cell.best_by for cell in row.answers] == [{raters["other-rm"]}, {raters["rm"]}]


def test_a_column_that_did_not_answer_is_an_empty_cell(columns: list[Side]) -> None:
    of = prompt()
    response(of, "Alone.", "one")
    (row,) = compare.rows(shown(of), columns)
    assert row.answers[1].response is None and row.answers[1].scores == []


def test_rows_cost_three_queries_however_many_there_are(
    columns: list[Side], django_assert_num_queries: Callable[[int], Any]
) -> None:
    for prompts in (shown(met("One?", 1)), shown(*(met(f"{n}?", 1) for n in range(9)))):
        with django_assert_num_queries(3):
            compare.rows(prompts, columns)


def test_many_samples_of_one_prompt_weigh_as_one_in_a_mean_score(columns: list[Side]) -> None:
    first, second = prompt("1?"), prompt("2?")
    for number, value in enumerate((1.0, 2.0, 6.0)):
        score(response(first, f"{number}.", "one"), value, "rm")
    score(response(second, "Once.", "one"), 7.0, "rm")
    standing, _ = compare.standings(compare.prompt_set(EVERY), columns)
    ((rater, mean),) = standing.scores
    assert (rater, mean.estimate, mean.n) == ("rm", 5.0, 2)
    assert (standing.n, standing.prompts) == (4, 2)


def test_a_mean_of_one_prompt_has_no_interval(columns: list[Side]) -> None:
    score(response(prompt(), "Once.", "one"), 7.0, "rm")
    mean = compare.standings(compare.prompt_set(EVERY), columns)[0].scores[0][1]
    assert (mean.estimate, mean.low, mean.high) == (7.0, None, None)


def test_lengths_and_scores_are_those_of_the_chosen_set(columns: list[Side]) -> None:
    inside, outside = prompt("In?", collection=collection("mine")), prompt("Out?", collection=collection("other"))
    for of, text in ((inside, "x" * 10), (inside, "y" * 20), (outside, "z" * 999)):
        score(response(of, text, "one"), len(text), "rm")
    standing, silent = compare.standings(compare.prompt_set("@mine"), columns)
    assert (standing.n, standing.mean_length, standing.scores[0][1].estimate) == (2, 15.0, 15.0)
    assert (silent.n, silent.prompts, silent.mean_length, silent.scores) == (0, 0, None, [])


def test_a_win_rate_counts_prompts_and_a_tie_as_a_half(columns: list[Side]) -> None:
    met("1?", -2), met("2?", 3, turned=True), met("3?", 0), met("4?", 1), met("5?", None)
    (comparison,) = compare.pairwise(compare.prompt_set(EVERY), columns)
    assert (comparison.rate.wins, comparison.rate.losses, comparison.rate.ties, comparison.failed) == (2, 1, 1, 1)
    assert comparison.rate.rate == 2.5 / 4


def test_several_pairs_of_one_prompt_are_one_outcome(columns: list[Side]) -> None:
    of = met("1?", -2)
    judge(paired(response(of, "Again.", "one"), response(of, "Also.", "other")), 1, "gpt-4")
    (comparison,) = compare.pairwise(compare.prompt_set(EVERY), columns)
    assert (comparison.rate.n, comparison.rate.ties, comparison.rate.rate) == (1, 1, 0.5)


def test_a_judge_that_only_failed_is_listed_last(columns: list[Side]) -> None:
    met("1?", None, by="broken"), met("2?", 1)
    found = compare.pairwise(compare.prompt_set(EVERY), columns)
    assert [(comparison.judge.name, comparison.rate.n, comparison.failed) for comparison in found] == [
        ("gpt-4", 1, 0),
        ("broken", 0, 1),
    ]


def test_three_columns_have_no_bout(columns: list[Side]) -> None:
    met("1?", 1)
    assert compare.pairwise(compare.prompt_set(EVERY), [*columns, Side("C", author("third"))]) == []
