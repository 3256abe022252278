"""Rows of FastChat's and Vicuna-bench's files: a question, two answers, and what judges say of them."""

import io
from typing import Any

import orjson

from annotation.interchange.imports import Report, import_file
from tests.annotation.making import collection

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
