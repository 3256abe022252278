"""A benchmark of two turns: which questions have a second one, and how long an answer is."""

from typing import Any

import pytest

from annotation.models import Author, Prompt, Response
from training.evaluation.benchmarks.two_turns import TwoTurnRun, mean_length

MODEL = Author(pk=1, name="m")


def bench() -> TwoTurnRun:
    """Question 1 has two turns, question 2 has one and question 3 was never told its turns."""
    told: dict[int, dict[str, Any]] = {1: {"turns": ["a", "b"]}, 2: {"turns": ["a"]}, 3: {}}
    questions = {pk: Prompt(pk=pk, metadata=metadata) for pk, metadata in told.items()}
    answered = {MODEL: {pk: Response(pk=pk, text="x") for pk in (1, 2)}}
    return TwoTurnRun(None, None, None, questions, answered, {})  # type: ignore[arg-type]


def test_every_question_has_a_first_turn_and_some_a_second() -> None:
    assert (bench().asked(1), bench().asked(2)) == ({1, 2, 3}, {1})


def test_answers_are_those_to_questions_that_have_such_a_turn() -> None:
    assert (set(bench().answers(MODEL, 1)), set(bench().answers(MODEL, 2))) == ({1, 2}, {1})


@pytest.mark.parametrize(
    ("responses", "length"),
    [
        ([Response(text="four", metadata={})], 4),
        ([Response(text="Two.\n\n---\n\n> Another?\n\nThree.", metadata={"turns": ["Two.", "Three."]})], 10),
        ([Response(text="ab", metadata={}), Response(text="abcd", metadata={})], 3),
    ],
)
def test_a_length_counts_what_was_answered_and_not_what_was_asked(responses: list[Response], length: float) -> None:
    assert mean_length(responses) == length
