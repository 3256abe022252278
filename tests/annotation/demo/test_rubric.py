"""What the two rubrics reward, and how often the toy's judge errs."""

import random
from statistics import fmean

import pytest

from annotation.demo.rubric import RUBRICS, grade, prefer
from annotation.demo.world import NotOfThisWorld, held_out_prompts, task_of
from annotation.demo.writing import Care, answer, demonstrate
from tests.linear import is_linear

LIST = "Anna is at home. List three animals."
ASK = "Anna is at home. Ask for two drinks."
TELL = "Anna is at home. Write two sentences about tools."
GOOD = {
    LIST: "Here are three animals: the red cat, the old dog and the big fox.",
    ASK: "May I have the new tea and the white milk, please?",
    TELL: "I see the old saw. I like the red rope.",
}


@pytest.mark.parametrize(("prompt", "response"), GOOD.items())
@pytest.mark.parametrize("rubric", RUBRICS)
def test_a_good_answer_earns_all_points(rubric: str, prompt: str, response: str) -> None:
    assert grade(prompt, response, rubric).points == pytest.approx(10)


@pytest.mark.parametrize(
    "response",
    [
        "Here are three animals: the red cat and the old dog.",
        "Here are three animals: the red cat, the old dog and the big tea.",
        "Here are three animals: the red cat, the old cat and the big cat.",
        "the red cat the old dog the big fox.",
        "Here are three animals: the cat, the dog and the fox.",
        "Here are three animals: the red cat, the old dog and the big fox",
    ],
    ids=["count", "topic", "distinct", "form", "detail", "ending"],
)
@pytest.mark.parametrize("rubric", RUBRICS)
def test_each_rule_that_is_broken_costs_points(rubric: str, response: str) -> None:
    assert grade(LIST, response, rubric).points < 9.6


@pytest.mark.parametrize("rubric", RUBRICS)
@pytest.mark.parametrize("response", ["", "   ", "zzz", "the", "<script>"])
def test_nonsense_earns_next_to_nothing(rubric: str, response: str) -> None:
    assert 0 <= grade(LIST, response, rubric).points <= 1


def test_the_rubrics_are_not_one_in_two_wordings() -> None:
    repeated = "Here are three animals: the red cat, the red dog and the red fox."
    assert grade(LIST, repeated, "one").points == pytest.approx(10)
    assert grade(LIST, repeated, "two").points < 9
    assert {question.words for question in RUBRICS["one"]}.isdisjoint(question.words for question in RUBRICS["two"])


def test_a_grade_says_why() -> None:
    assert "As many things as asked for: 1.3 of 2." in grade(LIST, "the cat the dog").rationale


def test_other_prompts_are_refused() -> None:
    with pytest.raises(NotOfThisWorld):
        grade("What is DPO?", "A method.")


def test_the_judge_prefers_the_better_response_mostly_but_not_always() -> None:
    chance, wrong, n = random.Random(0), 0, 0
    for prompt in held_out_prompts(700):
        left, right = demonstrate(prompt, chance), demonstrate(prompt, chance)
        difference = grade(prompt, right).points - grade(prompt, left).points
        if difference:
            n += 1
            wrong += prefer(prompt, left, right, seed=1) * difference < 0
    assert 0.05 < wrong / n < 0.2


def test_a_seed_fixes_the_judges_noise() -> None:
    pair = (LIST, "the cat the dog", "the cat the red dog.")
    assert [prefer(*pair, seed=seed) for seed in range(40)] == [prefer(*pair, seed=seed) for seed in range(40)]
    assert {prefer(*pair, seed=seed) > 0 for seed in range(40)} == {True, False}


def test_the_same_response_twice_is_a_tie() -> None:
    assert prefer(LIST, "the cat", "the cat", seed=0) == 0


def test_grades_reach_from_minus_three_to_three() -> None:
    assert prefer(LIST, "", GOOD[LIST], seed=0) == 3
    assert prefer(LIST, GOOD[LIST], "", seed=0) == -3


def test_a_careful_writer_earns_ten_and_the_usual_one_is_of_mixed_quality() -> None:
    chance = random.Random(3)
    asked = held_out_prompts(300)
    careful = Care(*[True] * 6)
    assert all(grade(prompt, answer(task_of(prompt), careful, chance)).points == pytest.approx(10) for prompt in asked)
    assert 6.5 < fmean(grade(prompt, demonstrate(prompt, chance)).points for prompt in asked) < 8


def test_a_response_of_commas_is_graded_in_one_pass() -> None:
    assert is_linear(lambda text: grade(LIST, text, "two"), ", ")
