"""Questions and answers by their published numbers; what is not there is refused with what to import first."""

import pytest

from annotation.interchange.entries import Refused
from annotation.interchange.numbered_files import Questions
from annotation.models import Collection
from tests.annotation.making import author, collection, prompt, response

pytestmark = pytest.mark.django_db


@pytest.fixture
def questions() -> Questions:
    asked = prompt("One?", category="maths", metadata={"question_id": 81, "turns": ["One?", "Two?"]})
    response(asked, "old", by="m", metadata={"answer_id": "a1"})
    response(asked, "new", by="m", metadata={"answer_id": "a2", "turns": ["n", "ew"]})
    response(asked, "by hand", by="Ann")
    response(prompt("Without a number?"), by="m")
    return Questions(collection())


def test_a_question_has_its_turns_and_category(questions: Questions) -> None:
    found = questions.question(81)
    assert (found.turns, found.category, found.prompt[0].content) == (["One?", "Two?"], "maths", "One?")
    assert questions.question("81") == found


def test_the_newest_answer_of_a_model_counts(questions: Questions) -> None:
    assert questions.answer(81, "m").text == "new"
    assert questions.answer_called("a1").text == "old"
    assert questions.answer(81, "m").metadata == {"answer_id": "a2"}


def test_what_is_not_there_says_what_to_import_first(questions: Questions) -> None:
    with pytest.raises(Refused, match=r"no question 7\. Import the questions"):
        questions.question(7)
    with pytest.raises(Refused, match=r"no question 7\. Import the questions"):
        questions.answer(7, "m")
    with pytest.raises(Refused, match=r"other has no answer to question 81 .* Import its answers first"):
        questions.answer(81, "other")
    with pytest.raises(Refused, match=r"no answer a9\. Import the answers"):
        questions.answer_called("a9")


def test_a_judge_of_the_same_name_has_written_no_answer(questions: Questions) -> None:
    asked = prompt("Three?", metadata={"question_id": 82})
    asked.responses.create(author=author("m", "person"), text="A person of that name.")
    with pytest.raises(Refused, match="m has no answer"):
        Questions(collection()).answer(82, "m")


def test_a_collection_that_is_not_made_yet_has_no_questions() -> None:
    with pytest.raises(Refused):
        Questions(Collection(slug="new")).question(81)
