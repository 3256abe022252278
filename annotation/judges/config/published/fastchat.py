"""FastChat's judges: MT-bench and Vicuna-bench prompts rebuilt from their files, and the parsers.

Behaviour of lm-sys/FastChat: `fastchat/llm_judge/common.py`, and `eval_gpt_review.py` of v0.1.10.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from annotation.judges.config.published import fill

CATEGORIES_WITH_REFERENCE = frozenset({"math", "reasoning", "coding", "arena-hard-200"})
RATING = re.compile(r"\[\[(\d+\.?\d*)\]\]")
LOOSE_RATING = re.compile(r"\[(\d+\.?\d*)\]")

Kind = Literal["single", "pair"]


@dataclass(frozen=True)
class JudgePrompt:
    """One line of judge_prompts.jsonl."""

    name: str
    system_prompt: str
    prompt_template: str


@dataclass(frozen=True)
class Question:
    """A question of two turns, with the two reference answers where its category has them."""

    category: str
    turns: Sequence[str]
    reference: Sequence[str] = ()


def prompt_name(kind: Kind, category: str, turn: int) -> str:
    """Which prompt judges a question of this category at turn 1 or 2."""
    math = category in CATEGORIES_WITH_REFERENCE
    version = "-math-v1" if math else {"single": "-v1", "pair": "-v2"}[kind]
    return kind + version + ("-multi-turn" if turn == 2 else "")


def user_prompt(prompt: JudgePrompt, question: Question, answers: Mapping[str, Sequence[str]]) -> str:
    """The user's message. `answers` holds the turns of {"": …} (single) or of {"a": …, "b": …} (pair)."""
    values = {"question": question.turns[0]}
    for number, text in enumerate(question.turns, start=1):
        values[f"question_{number}"] = text
    for number, text in enumerate(question.reference, start=1):
        values[f"ref_answer_{number}"] = text
    for side, turns in answers.items():
        name = f"answer_{side}".rstrip("_")
        values[name] = turns[0]
        values |= {f"{name}_{number}": text for number, text in enumerate(turns, start=1)}
    return fill(prompt.prompt_template, values)


def rating(completion: str) -> float | None:
    """The first [[rating]], else the first [rating]; None where there is neither."""
    found = RATING.search(completion) or LOOSE_RATING.search(completion)
    return float(found[1]) if found else None


def pair_winner(completion: str) -> Literal["A", "B", "tie"] | None:
    """[[A]] before [[B]] before [[C]], wherever they stand; None where there is none."""
    if "[[A]]" in completion:
        return "A"
    if "[[B]]" in completion:
        return "B"
    return "tie" if "[[C]]" in completion else None


def first_line_scores(completion: str) -> tuple[float, float] | None:
    """Vicuna-bench: the two numbers that make up the first line; None where they do not."""
    words = completion.split("\n", 1)[0].replace(",", " ").split()
    try:
        first, second = map(float, words)
    except ValueError:
        return None
    return first, second
