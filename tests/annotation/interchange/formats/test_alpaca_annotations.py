from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from annotation.interchange.entries import Entry, Verdict
from annotation.interchange.formats import READ
from annotation.interchange.formats.alpaca_annotations import first_read, grade
from tests.annotation.interchange.formats.reading import entry, fault

ROW = {
    "instruction": "Name a prime.",
    "output_1": "Four.",
    "generator_1": "baseline",
    "output_2": "Seven.",
    "generator_2": "model",
    "annotator": "alpaca_eval_gpt4",
    "preference": 2,
    "dataset": "koala",
    "price_per_example": 0.01,
    "time_per_example": 1.5,
}


def verdict(**fields: Any) -> Verdict:
    return entry("alpaca_annotations", ROW | fields).judgments[0]


def test_a_row_is_a_pair_judged_by_the_annotator_as_a_judge() -> None:
    taken = entry("alpaca_annotations", ROW)
    assert [answer.author for answer in taken.responses] == ["baseline", "model"]
    assert (taken.category, taken.source, taken.paired) == ("koala", "alpaca_eval", True)
    (judged,) = taken.judgments
    assert (judged.author, judged.kind, judged.grade, judged.seconds) == ("alpaca_eval_gpt4", "judge", 2, 1.5)
    assert judged.details == {"preference": 2.0, "price": 0.01}


@pytest.mark.parametrize(
    ("preference", "expected"),
    [
        (1, -2),
        (2, 2),
        (2.0, 2),
        (1.5, 0),
        (0, 0),
        (None, None),
        (1.51, 1),
        (1.49, -1),
        (1.9, 2),
        (1.99, 3),
        (1.0001, -3),
    ],
)
def test_a_preference_becomes_a_grade_and_never_loses_its_side(preference: float | None, expected: int | None) -> None:
    assert grade(preference) == expected


def test_a_null_is_a_failed_judgment_and_says_why() -> None:
    failed = verdict(preference=None)
    assert failed.grade is None
    assert failed.error


def test_a_preference_off_the_scale_is_refused() -> None:
    assert fault("alpaca_annotations", ROW | {"preference": 3}).field == "preference"


def test_half_of_the_instructions_were_read_in_the_other_order(data: Path) -> None:
    """406 of 805 at AlpacaEval's seed 0."""
    with (data / "alpaca_eval/annotations_ae1/vicuna-13b.json").open("rb") as stream:
        entries = [item for item in READ["alpaca_annotations"].parse(stream) if isinstance(item, Entry)]
    assert Counter(first_read(item.prompt[0].content) for item in entries) == {"second": 406, "first": 399}


@pytest.mark.parametrize(
    ("model", "wins", "losses", "draws"), [("vicuna-13b", 566, 237, 2), ("alpaca-7b", 205, 584, 16)]
)
def test_the_published_wins_are_the_grades_signs(data: Path, model: str, wins: int, losses: int, draws: int) -> None:
    with (data / f"alpaca_eval/annotations_ae1/{model}.json").open("rb") as stream:
        entries = [item for item in READ["alpaca_annotations"].parse(stream) if isinstance(item, Entry)]
    grades = [item.judgments[0].grade or 0 for item in entries]
    assert [sum(g > 0 for g in grades), sum(g < 0 for g in grades), grades.count(0)] == [wins, losses, draws]
