"""A row of a leaderboard: what it says of its author, and what becomes of it when it is measured again."""

from collections.abc import Callable

import pytest

from tests.annotation.making import author, collection, prompt, response
from training.evaluation.benchmarks.participants import Participants
from training.evaluation.benchmarks.results import MeasuredFigures, QuestionOutcome, prompts_digest, record
from training.models import BenchmarkResult, Run

pytestmark = pytest.mark.django_db
MEASURED = MeasuredFigures(
    value=60.0, low=50.0, high=70.0, n=2, failed=1, ties=1, mean_length=9.0, figures={"turn_1": 6.0}
)


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    return make_run(kind="benchmark", spec={"settings": {"benchmark": "mt_bench"}})


def participants(judge: str = "gpt-4", baseline: str = "") -> Participants:
    base = author(baseline) if baseline else None
    return Participants(collection(), [author("m")], base, None, author(judge, "judge"))


def test_a_row_has_the_figures_and_the_verdicts_that_they_rest_on(run: Run) -> None:
    given = response(prompt(), by="m")
    row = record(
        run, participants(baseline="base"), author("m"), MEASURED, [QuestionOutcome(given.prompt_id, 0.5, given)]
    )
    assert (row.name, row.baseline, row.judge, row.value, row.figures) == ("m", "base", "gpt-4", 60.0, {"turn_1": 6.0})
    assert row.prompts_digest == prompts_digest(collection())
    (verdict,) = row.verdicts.all()
    assert (verdict.prompt_id, verdict.value, verdict.response, verdict.judgment) == (
        given.prompt_id,
        0.5,
        given,
        None,
    )


def test_measured_again_by_the_same_run_it_is_replaced(run: Run) -> None:
    questions = [prompt("One?").pk, prompt("Two?").pk]
    record(run, participants(), author("m"), MEASURED, [QuestionOutcome(pk, 1.0) for pk in questions])
    row = record(
        run, participants(), author("m"), MEASURED._replace(value=None), [QuestionOutcome(questions[0], None)]
    )
    assert BenchmarkResult.objects.get() == row and row.value is None
    assert list(row.verdicts.values_list("prompt", "value")) == [(questions[0], None)]


def test_the_judges_of_both_turns_are_one_on_the_board_and_many_opponents_stand_for_a_baseline(run: Run) -> None:
    row = record(run, participants("gpt-4 · turn 1"), author("m"), MEASURED, [], "each other: a, b")
    assert (row.judge, row.judge_author, row.baseline) == (
        "gpt-4",
        author("gpt-4 · turn 1", "judge"),
        "each other: a, b",
    )


def test_the_digest_is_of_the_questions_whatever_their_order() -> None:
    for slug, texts in (("one", ("A?", "B?")), ("other", ("B?", "A?")), ("longer", ("A?", "B?", "C?"))):
        for text in texts:
            prompt(text, collection=collection(slug))
    assert prompts_digest(collection("one")) == prompts_digest(collection("other"))
    assert prompts_digest(collection("one")) != prompts_digest(collection("longer"))
