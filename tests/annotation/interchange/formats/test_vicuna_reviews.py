"""Vicuna-bench's reviews, whose first line is two scores."""

from typing import Any

import pytest

from annotation.models import Judgment, Prompt, Response
from tests.annotation.interchange.formats.fastchat_rows import take

pytestmark = pytest.mark.django_db


def review(text: str, score: list[float]) -> dict[str, Any]:
    ids = {"question_id": 81, "answer1_id": "a2", "answer2_id": "a1", "reviewer_id": "gpt-4-0328-coding"}
    return ids | {"text": text, "score": score}


@pytest.mark.parametrize(("scores", "grade"), [((5, 5), 0), ((5, 6), -1), ((5, 7), -2), ((9, 4), 3), ((9, 8.5), 1)])
def test_a_review_is_two_scores_and_a_grade(answers: list[Response], scores: tuple[float, float], grade: int) -> None:
    take("vicuna_reviews", review(f"{scores[0]} {scores[1]}\nSo it is.", list(scores)))
    judgment = Judgment.objects.get()
    assert (judgment.grade, judgment.author.name) == (grade, "fastchat/vicuna · gpt-4-0328")
    # The file's second answer is on the left here.
    assert judgment.details["scores"] == judgment.calls.get().scores == [scores[1], scores[0]]


def test_a_review_whose_first_line_is_no_score_waits_for_a_person(answers: list[Response]) -> None:
    report = take("vicuna_reviews", review("First, I solve it.\n10 and 6.", [10, 6]))
    judgment = Judgment.objects.get()
    assert (report.tally.added["failures"], judgment.state) == (1, "failed")
    assert "10 and 6, entered by hand" in judgment.error


def test_a_review_of_an_unknown_answer_is_refused(questions: Prompt) -> None:
    assert "no answer a2" in take("vicuna_reviews", review("9 9", [9, 9])).faults[0].problem


@pytest.mark.parametrize(
    ("reviewer", "model"),
    [
        ("gpt-4-0328-math", "gpt-4-0328"),
        ("gpt-4-0328-generic", "gpt-4-0328"),
        ("gpt-4-turbo", "gpt-4-turbo"),
        ("math", "math"),
    ],
)
def test_the_kind_of_question_is_no_part_of_the_judges_name(
    answers: list[Response], reviewer: str, model: str
) -> None:
    take("vicuna_reviews", review("9 8", [9, 8]) | {"reviewer_id": reviewer})
    assert Judgment.objects.get().author.name == f"fastchat/vicuna · {model}"


def test_scores_that_the_file_does_not_know_either_are_not_offered(answers: list[Response]) -> None:
    take("vicuna_reviews", review("It is hard to say.", [-1, -1]))
    assert Judgment.objects.get().error == "The first line is not two scores."


def test_the_first_answer_is_the_baseline_of_its_pair(answers: list[Response]) -> None:
    take("vicuna_reviews", review("9 8", [9, 8]))
    pair = Judgment.objects.get().pair
    assert (pair.metadata, pair.source) == ({"baseline": "other-model"}, "vicuna_bench")
