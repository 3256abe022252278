"""MT-bench's published figures, verdicts and judge prompts."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.judges.config.published.fastchat import (
    CATEGORIES_WITH_REFERENCE,
    JudgePrompt,
    Question,
    pair_winner,
    prompt_name,
    rating,
    user_prompt,
)
from training.evaluation.figures.mt_bench import REMEDY, Game, Rating, category, pair_figures, single_figures
from training.evaluation.figures.records import read

SINGLE = "model_judgment/llama2_chat_7b_gpt-4_single.jsonl"
PAIR = "model_judgment/phi3_gpt-4_pair.jsonl"
BY_CATEGORY = {
    "coding": 3.05,
    "extraction": 5.5,
    "humanities": 9.55,
    "math": 2.4,
    "reasoning": 4.5,
    "roleplay": 7.35,
    "stem": 8.375,
    "writing": 8.8,
}


@pytest.fixture
def bench(data: Path) -> Path:
    return data / "mt_bench"


def raw(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_means_by_turn_are_the_published_ones(bench: Path) -> None:
    found = single_figures(read(bench / SINGLE, Rating, REMEDY))["llama2_chat_7b"]
    assert (found["turn_1"], found["turn_2"], found["average"]) == pytest.approx((6.70625, 5.675, 6.190625), abs=1e-6)
    assert (found["n"], found["failed"], found["duplicates"]) == (160, 0, 0)


def test_means_by_category_are_the_published_ones(bench: Path) -> None:
    found = single_figures(read(bench / SINGLE, Rating, REMEDY))["llama2_chat_7b"]
    assert found["by_category"] == pytest.approx(BY_CATEGORY, abs=1e-6)


def test_wins_of_the_pair_are_the_published_ones(bench: Path) -> None:
    found = pair_figures(list(read(bench / PAIR, Game, REMEDY)))
    phi, dpo = found["phi-3"], found["phi-3-dpo"]
    assert [phi[key] for key in ("win", "loss", "tie", "inconsistent", "n", "failed")] == [18, 20, 35, 27, 73, 2]
    assert phi["win_rate"] == pytest.approx(0.246575, abs=1e-6)
    assert phi["win_rate_adjusted"] == pytest.approx(0.486301, abs=1e-6)
    assert dpo["win_rate"] == pytest.approx(0.273973, abs=1e-6)
    assert dpo["win_rate_adjusted"] == pytest.approx(0.513699, abs=1e-6)


def test_every_stored_rating_is_read_from_its_text(bench: Path) -> None:
    stored = raw(bench / SINGLE)
    assert len(stored) == 160
    assert [rating(row["judgment"]) for row in stored] == [row["score"] for row in stored]


def test_every_stored_verdict_is_read_from_its_text(bench: Path) -> None:
    stored = raw(bench / PAIR)
    first = {"A": "model_1", "B": "model_2", "tie": "tie", None: "error"}
    second = {"A": "model_2", "B": "model_1", "tie": "tie", None: "error"}
    assert [first[pair_winner(row["g1_judgment"])] for row in stored] == [row["g1_winner"] for row in stored]
    assert [second[pair_winner(row["g2_judgment"])] for row in stored] == [row["g2_winner"] for row in stored]


def test_the_categories_are_those_of_the_questions(bench: Path) -> None:
    asked = raw(bench / "question.jsonl")
    assert [category(row["question_id"]) for row in asked] == [row["category"] for row in asked]


def questions(bench: Path) -> dict[int, Question]:
    """References of GPT-4 where the category is judged with one."""
    references = {
        row["question_id"]: row["choices"][0]["turns"] for row in raw(bench / "reference_answer/gpt-4.jsonl")
    }
    return {
        row["question_id"]: Question(
            row["category"],
            row["turns"],
            references[row["question_id"]] if row["category"] in CATEGORIES_WITH_REFERENCE else (),
        )
        for row in raw(bench / "question.jsonl")
    }


def answers(bench: Path, model: str) -> dict[int, list[str]]:
    return {row["question_id"]: row["choices"][0]["turns"] for row in raw(bench / f"model_answer/{model}.jsonl")}


def judge_prompts(bench: Path) -> dict[str, JudgePrompt]:
    rows = raw(bench / "judge_prompts.jsonl")
    return {row["name"]: JudgePrompt(row["name"], row["system_prompt"], row["prompt_template"]) for row in rows}


def test_every_stored_single_prompt_is_rebuilt_to_the_byte(bench: Path) -> None:
    asked, given = questions(bench), answers(bench, "llama2_chat_7b")
    prompts = judge_prompts(bench)
    for row in raw(bench / SINGLE):
        number = row["question_id"]
        name = prompt_name("single", asked[number].category, row["turn"])
        assert [name, user_prompt(prompts[name], asked[number], {"": given[number]})] == [
            row["judge"][1],
            row["user_prompt"],
        ]


def test_every_stored_pair_prompt_is_rebuilt_to_the_byte_in_both_orders(bench: Path) -> None:
    asked = questions(bench)
    ours, theirs = answers(bench, "phi-3"), answers(bench, "phi-3-dpo")
    prompts = judge_prompts(bench)
    for row in raw(bench / PAIR):
        number = row["question_id"]
        prompt = prompts[prompt_name("pair", asked[number].category, row["turn"])]
        orders = [{"a": ours[number], "b": theirs[number]}, {"a": theirs[number], "b": ours[number]}]
        built = [user_prompt(prompt, asked[number], order) for order in orders]
        assert [prompt.name, *built] == [row["judge"][1], row["g1_user_prompt"], row["g2_user_prompt"]]
