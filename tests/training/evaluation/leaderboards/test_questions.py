"""The questions of a result: won, lost, tied or failed, alone and against another result."""

from collections.abc import Callable

import pytest

from annotation.models import Prompt
from tests.annotation.making import prompt
from training.evaluation.leaderboards.questions import OUTCOMES, explored
from training.models import BenchmarkResult, Run

pytestmark = pytest.mark.django_db
VALUES = {"won": 0.9, "lost": 0.0, "tied": 0.5, "failed": None}


@pytest.fixture
def questions() -> list[Prompt]:
    return [prompt(f"Name a {outcome} prime.", category=outcome) for outcome in OUTCOMES]


@pytest.fixture
def measured(make_run: Callable[..., Run], questions: list[Prompt]) -> Callable[..., BenchmarkResult]:
    """`measured("m", [0.5, 1.0, None, 0.0])`: a result with these values, question by question."""

    def make(name: str, values: list[float | None]) -> BenchmarkResult:
        row = BenchmarkResult.objects.create(run=make_run(kind="benchmark"), name=name, benchmark="alpaca_eval", n=4)
        for question, value in zip(questions, values, strict=True):
            row.verdicts.create(prompt=question, value=value)
        return row

    return make


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_an_outcome_is_that_against_the_baseline(measured: Callable[..., BenchmarkResult], outcome: str) -> None:
    row = measured("m", list(VALUES.values()))
    assert [one.prompt.category for one in explored(row, outcome=outcome)] == [outcome]


def test_against_another_result_the_difference_of_both_counts(measured: Callable[..., BenchmarkResult]) -> None:
    one, other = measured("one", [0.9, 0.9, 0.2, 0.4]), measured("other", [0.8, 1.0, 0.2, None])
    found = {
        outcome: [row.prompt.category for row in explored(one, other=other, outcome=outcome)] for outcome in OUTCOMES
    }
    assert found == {outcome: [outcome] for outcome in OUTCOMES}
    (won,) = explored(one, other=other, category="won")
    assert vars(won)["other_value"] == 0.8


def test_a_category_and_words_narrow_what_is_shown(measured: Callable[..., BenchmarkResult]) -> None:
    row = measured("m", list(VALUES.values()))
    assert explored(row, category="tied").get().value == 0.5
    assert explored(row, words="lost prime").get().prompt.category == "lost"
    assert not explored(row, category="tied", words="lost").exists()


def test_an_outcome_that_is_none_is_an_error(measured: Callable[..., BenchmarkResult]) -> None:
    with pytest.raises(KeyError):
        explored(measured("m", [1.0] * 4), outcome="drawn")
