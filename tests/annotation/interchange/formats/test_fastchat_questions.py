"""FastChat's questions: each is a prompt that knows its turns."""

import pytest

from annotation.models import Prompt
from tests.annotation.interchange.formats.fastchat_rows import QUESTION, take

pytestmark = pytest.mark.django_db


def test_a_question_is_a_prompt_that_knows_all_its_turns(questions: Prompt) -> None:
    assert (questions.text, questions.category) == ("Name a prime.", "math")
    assert questions.metadata == {key: QUESTION[key] for key in ("question_id", "category", "turns")}


def test_the_first_vicuna_bench_wrote_a_text_in_place_of_turns() -> None:
    take("fastchat_questions", {"question_id": 1, "text": "Why?", "category": "generic"})
    assert Prompt.objects.get().metadata["turns"] == ["Why?"]


def test_two_questions_that_begin_alike_are_refused() -> None:
    report = take("fastchat_questions", QUESTION, QUESTION | {"question_id": 82})
    assert report.faults[0].line == 2
    assert "Question 81 begins" in report.faults[0].problem


def test_the_same_questions_twice_are_there_once(questions: Prompt) -> None:
    assert take("fastchat_questions", QUESTION).tally.added["prompts"] == 0
    assert Prompt.objects.get() == questions
