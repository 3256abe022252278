"""A budget that questions under way cannot break, and what a question may cost at most."""

from annotation.judges.config.description import Price
from annotation.judges.runs.budget import LONGEST, JudgeBudget, estimated, longest_answer
from annotation.judges.runs.questions import Question

# A dollar for each token of a prompt.
PRICE = Price(input=1e6, output=0.0)


def question(text: str = "x" * 24) -> Question:
    """By estimate ten tokens: six of text, four around it."""
    return Question("left_first", 0, [{"role": "user", "content": text}], {"max_tokens": 5})


def test_what_is_under_way_is_put_by_and_no_further_question_is_afforded() -> None:
    budget = JudgeBudget(PRICE, budget=25.0)
    for key in (1, 2):
        assert budget.affords(question())
        budget.begin(key, question())
    assert not budget.affords(question())


def test_an_answer_that_cost_less_frees_the_rest() -> None:
    budget = JudgeBudget(PRICE, budget=15.0)
    budget.begin(1, question())
    budget.end(1, tokens_in=0, price=3.0)
    assert (budget.spent, budget.reserved) == (3.0, 0.0)
    assert budget.affords(question())


def test_what_prompts_counted_corrects_the_next_estimate() -> None:
    budget = JudgeBudget(PRICE, budget=100.0)
    budget.begin(1, question())
    budget.end(1, tokens_in=30, price=30.0)
    assert budget.most(question()) == 30.0


def test_prompts_that_counted_little_are_trusted_to_a_half() -> None:
    budget = JudgeBudget(PRICE, budget=100.0)
    budget.begin(1, question())
    budget.end(1, tokens_in=1, price=1.0)
    assert budget.most(question()) == 5.0


def test_a_question_that_was_never_begun_ends_without_harm() -> None:
    budget = JudgeBudget(PRICE, budget=10.0)
    budget.end("unknown", tokens_in=7, price=1.0)
    assert (budget.spent, budget.reserved, budget.counted) == (1.0, 0.0, 7)


def test_without_a_budget_everything_is_afforded_and_spending_is_still_counted() -> None:
    budget = JudgeBudget(PRICE)
    budget.begin(1, question())
    budget.end(1, price=1e9)
    assert budget.affords(question()) and budget.spent == 1e9


def test_a_chinese_character_is_about_a_token_and_four_english_ones_are() -> None:
    assert estimated([{"role": "user", "content": "今天天气"}]) == 4 + 4
    assert estimated([{"role": "user", "content": "weather!"}]) == 4 + 2


def test_half_a_character_is_estimated_too() -> None:
    assert estimated([{"role": "user", "content": "\ud800"}]) > 4


def test_the_longest_answer_is_what_the_settings_say() -> None:
    assert longest_answer({"max_tokens": 7}) == 7
    assert longest_answer({"max_completion_tokens": 9, "max_tokens": 7}) == 9
    assert longest_answer({}) == LONGEST
