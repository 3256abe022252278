"""FastChat's and Vicuna-bench's files, of a set with two questions."""

import io
from typing import Any

import orjson
import pytest

from annotation.interchange.imports import Report, import_file
from annotation.models import Author, JudgeCall, Judgment, Prompt, Response, Score
from tests.annotation.making import collection

pytestmark = pytest.mark.django_db

QUESTION: dict[str, Any] = {"question_id": 81, "category": "math", "turns": ["Name a prime.", "And\nan even one?"]}
ANSWER: dict[str, Any] = {
    "question_id": 81,
    "answer_id": "a1",
    "model_id": "one-model",
    "choices": [{"index": 0, "turns": ["Seven.", "Two."]}],
}
OTHER = ANSWER | {"model_id": "other-model", "answer_id": "a2", "choices": [{"index": 0, "turns": ["Four.", "Six."]}]}
RATING: dict[str, Any] = {
    "question_id": 81,
    "model": "one-model",
    "judge": ["gpt-4", "single-math-v1"],
    "user_prompt": "Rate it.",
    "judgment": "Right. [[9]]",
    "score": 9,
    "turn": 1,
    "tstamp": 1.5,
}
PAIR: dict[str, Any] = {
    "question_id": 81,
    "model_1": "other-model",
    "model_2": "one-model",
    "g1_winner": "model_2",
    "g2_winner": "model_2",
    "judge": ["gpt-4", "pair-math-v1"],
    "g1_user_prompt": "This or that?",
    "g1_judgment": "[[B]]",
    "g2_user_prompt": "That or this?",
    "g2_judgment": "[[A]]",
    "turn": 1,
}


def take(format: str, *rows: dict[str, Any]) -> Report:
    return import_file(io.BytesIO(b"\n".join(map(orjson.dumps, rows))), format, collection())


@pytest.fixture
def questions() -> Prompt:
    assert take("fastchat_questions", QUESTION).imported
    return Prompt.objects.get()


@pytest.fixture
def answers(questions: Prompt) -> list[Response]:
    assert take("fastchat_answers", ANSWER, OTHER).imported
    return list(Response.objects.order_by("pk"))


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


def test_a_rating_is_a_score_with_the_judges_text_behind_it(answers: list[Response]) -> None:
    take("fastchat_ratings", RATING, RATING | {"turn": 2, "score": 4, "judgment": "Wrong. [[4]]"})
    assert list(Score.objects.order_by("author__name").values_list("author__name", "value")) == [
        ("fastchat/single · gpt-4 · turn 1", 9),
        ("fastchat/single · gpt-4 · turn 2", 4),
    ]
    call = JudgeCall.objects.order_by("pk").first()
    assert call
    assert (call.response, call.raw, call.scores, call.model) == (answers[0], "Right. [[9]]", [9], "gpt-4")
    assert call.created_at.timestamp() == 1.5


def test_a_rating_of_minus_one_is_no_score_but_a_text_for_a_person(answers: list[Response]) -> None:
    report = take("fastchat_ratings", RATING | {"score": -1, "judgment": "Well."})
    assert (report.tally.added["failures"], "ratings" in report.tally.named) == (1, False)
    assert not Score.objects.exists()
    assert "no rating" in JudgeCall.objects.get(raw="Well.").error


def test_of_two_ratings_the_last_counts_and_the_other_is_counted(answers: list[Response]) -> None:
    report = take("fastchat_ratings", RATING, RATING | {"score": 3, "judgment": "[[3]]"})
    assert (report.tally.added["ratings"], report.tally.known["ratings"]) == (1, 1)
    assert Score.objects.get().value == 3
    assert JudgeCall.objects.count() == 2


def test_a_failure_does_not_replace_a_rating(answers: list[Response]) -> None:
    take("fastchat_ratings", RATING, RATING | {"score": -1, "judgment": "?"})
    assert Score.objects.get().value == 9


@pytest.mark.parametrize(("format", "rows"), [("fastchat_ratings", [RATING]), ("fastchat_pairs", [PAIR])])
def test_the_same_file_twice_adds_nothing(answers: list[Response], format: str, rows: list[dict[str, Any]]) -> None:
    take(format, *rows)
    assert set(take(format, *rows).tally.added.values()) == {0}


def test_a_rating_of_a_model_without_answers_is_refused(answers: list[Response]) -> None:
    report = take("fastchat_ratings", RATING | {"model": "nobody"})
    assert "nobody has no answer to question 81" in report.faults[0].problem


def test_who_wins_both_games_is_better(answers: list[Response]) -> None:
    take("fastchat_pairs", PAIR)
    judgment = Judgment.objects.get()
    # one-model was imported first, so it is the left one; the file names it second.
    assert (judgment.pair.left, judgment.grade, judgment.consistent) == (answers[0], -2, True)
    assert (judgment.shown, judgment.author.name) == ("both", "fastchat/pair · gpt-4 · turn 1")
    assert (judgment.author.details["protocol"], judgment.author.details["turn"]) == ("fastchat_pair", 1)
    calls = judgment.calls.order_by("pk")
    assert [(call.shown, call.grade, call.raw) for call in calls] == [
        ("right_first", -2, "[[B]]"),
        ("left_first", -2, "[[A]]"),
    ]


@pytest.mark.parametrize(
    ("winners", "grade", "consistent"),
    [(("model_1", "model_2"), 0, False), (("tie", "model_2"), 0, False), (("tie", "tie"), 0, True)],
)
def test_any_other_result_is_a_tie(
    answers: list[Response], winners: tuple[str, str], grade: int, consistent: bool
) -> None:
    take("fastchat_pairs", PAIR | dict(zip(("g1_winner", "g2_winner"), winners, strict=True)))
    judgment = Judgment.objects.get()
    assert (judgment.grade, judgment.consistent) == (grade, consistent)


def test_a_game_without_a_verdict_fails_the_judgment(answers: list[Response]) -> None:
    take("fastchat_pairs", PAIR | {"g2_winner": "error", "g2_judgment": "Hm."})
    judgment = Judgment.objects.get()
    assert (judgment.state, judgment.grade, judgment.consistent) == ("failed", None, None)
    assert [bool(call.error) for call in judgment.calls.order_by("raw")] == [True, False]


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


def test_checkpoints_and_imported_models_share_their_authors(answers: list[Response]) -> None:
    assert set(Author.objects.filter(kind="model").values_list("name", flat=True)) == {"one-model", "other-model"}
