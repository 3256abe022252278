"""FastChat's answers and references, by the number of their question."""

import pytest

from annotation.models import Author, Prompt, Response
from tests.annotation.interchange.formats.fastchat_rows import ANSWER, take

pytestmark = pytest.mark.django_db


def test_an_answer_shows_each_later_turn_under_its_question(answers: list[Response]) -> None:
    assert answers[0].text == "Seven.\n\n---\n\n> And\n> an even one?\n\nTwo."
    assert answers[0].metadata == {"answer_id": "a1", "turns": ["Seven.", "Two."]}
    assert answers[0].author.name == "one-model"


def test_an_answer_of_one_turn_is_its_text(questions: Prompt) -> None:
    take("fastchat_answers", {"question_id": 81, "model_id": "one-model", "text": "Seven.", "answer_id": "a"})
    assert Response.objects.get().text == "Seven."


def test_answers_to_a_question_that_is_not_there_are_refused() -> None:
    report = take("fastchat_answers", ANSWER)
    assert "no question 81" in report.faults[0].problem
    assert "Import the questions" in report.faults[0].remedy


def test_a_reference_takes_the_place_of_the_questions_own(questions: Prompt) -> None:
    reference = {"question_id": 81, "model_id": "gpt-4", "choices": [{"turns": ["Two.", "Two."]}]}
    assert take("fastchat_references", reference).tally.added["references"] == 1
    questions.refresh_from_db()
    assert questions.metadata["reference"] == ["Two.", "Two."]
    assert questions.metadata["question_id"] == 81
    assert set(take("fastchat_references", reference).tally.added.values()) == {0}
    assert not Response.objects.exists()


def test_checkpoints_and_imported_models_share_their_authors(answers: list[Response]) -> None:
    assert set(Author.objects.filter(kind="model").values_list("name", flat=True)) == {"one-model", "other-model"}
