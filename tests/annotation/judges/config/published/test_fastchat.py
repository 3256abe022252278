import pytest

from annotation.judges.config.published.fastchat import (
    JudgePrompt,
    Question,
    first_line_scores,
    pair_winner,
    prompt_name,
    rating,
    user_prompt,
)


@pytest.mark.parametrize(
    ("kind", "category", "turn", "name"),
    [
        ("single", "writing", 1, "single-v1"),
        ("single", "coding", 1, "single-math-v1"),
        ("single", "stem", 2, "single-v1-multi-turn"),
        ("pair", "humanities", 1, "pair-v2"),
        ("pair", "reasoning", 2, "pair-math-v1-multi-turn"),
    ],
)
def test_the_category_and_the_turn_choose_the_prompt(kind: str, category: str, turn: int, name: str) -> None:
    assert prompt_name(kind, category, turn) == name  # type: ignore[arg-type]


def test_a_prompt_shows_both_turns_and_the_references() -> None:
    template = "{question_1}{question_2}{ref_answer_1}{ref_answer_2}{answer_a_1}{answer_a_2}{answer_b_1}{answer_b_2}"
    question = Question("math", ["p", "q"], ["r", "s"])
    answers = {"a": ["1", "2"], "b": ["3", "4"]}
    assert user_prompt(JudgePrompt("n", "", template), question, answers) == "pqrs1234"


def test_what_an_answer_holds_is_not_filled() -> None:
    prompt = JudgePrompt("n", "", "{question} {answer}")
    assert user_prompt(prompt, Question("writing", ["{answer}"]), {"": ["{question}", "x"]}) == "{answer} {question}"


def test_the_first_double_bracket_is_the_rating_and_a_single_one_a_last_resort() -> None:
    assert rating("[3] then [[8.5]] then [[2]]") == 8.5
    assert rating("Rating: [7]") == 7
    assert rating("seven") is None


def test_a_verdict_for_a_is_looked_for_first() -> None:
    assert pair_winner("[[B]] or rather [[A]]") == "A"
    assert [pair_winner(text) for text in ("[[B]]", "[[C]]", "[A]")] == ["B", "tie", None]


@pytest.mark.parametrize(
    ("text", "scores"),
    [("8 9\nwhy", (8, 9)), ("8, 9.5", (8, 9.5)), ("8 9 10", None), ("First, 8 9", None), ("", None)],
)
def test_the_first_line_is_two_scores_or_nothing(text: str, scores: tuple[float, float] | None) -> None:
    assert first_line_scores(text) == scores
