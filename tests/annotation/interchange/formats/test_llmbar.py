"""LLMBar's files: labels, and what an evaluator said in both orders."""

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.interchange.entries import Entry, Fault
from annotation.interchange.imports import import_file
from annotation.judges.cards.cache import counted
from annotation.models import Author, Judgment
from tests.annotation.interchange.formats.reading import parsed
from tests.annotation.making import author, collection


def record(plain: str | None = None, swapped: str | None = None, label: int = 1) -> dict[str, Any]:
    said = {"swap = False": {"winner": plain}, "swap = True": {"winner": swapped}}
    return {"input": "Which?", "output_1": "This.", "output_2": "That.", "label": label, "results": [said]}


@pytest.mark.parametrize(
    ("plain", "swapped", "grade", "consistent"),
    [("1", "1", -2, True), ("2", "2", 2, True), ("1", "2", 0, False), (None, "1", None, None)],
)
def test_a_verdict_is_what_both_orders_say(
    plain: str | None, swapped: str | None, grade: int | None, consistent: bool | None
) -> None:
    (entry,) = parsed("llmbar", record(plain, swapped, label=2))
    assert isinstance(entry, Entry)
    label, verdict = entry.judgments
    assert (label.kind, label.grade) == ("gold", 2)
    assert (verdict.grade, verdict.consistent, bool(verdict.error)) == (grade, consistent, grade is None)
    assert [call.shown for call in verdict.calls] == ["first", "second"]


def test_a_data_set_has_labels_alone_and_another_label_is_a_fault() -> None:
    plain = record()
    del plain["results"]
    entry, fault = parsed("llmbar", plain, plain | {"label": 3})
    assert isinstance(entry, Entry) and len(entry.judgments) == 1
    assert isinstance(fault, Fault) and fault.field == "label"


@pytest.mark.django_db
def test_gpt4_on_the_natural_set_has_the_published_figures(data: Path) -> None:
    folder = data / "llmbar" / "Natural"
    natural = collection("natural")
    with (folder / "dataset.json").open("rb") as file:
        assert import_file(file, "llmbar", natural).tally.added["judgments"] == 100
    with (folder / "result.json").open("rb") as file:
        assert import_file(file, "llmbar", natural, judge="GPT-4, vanilla").tally.added["pairs"] == 0
    published = json.loads((folder / "statistics.json").read_text())
    (gold,) = counted(author("GPT-4, vanilla", "judge")).gold
    figures = {
        "correct_False": gold.correct_left_first,
        "correct_True": gold.correct_right_first,
        "correct_average": gold.correct_average,
        "correct_both": gold.correct_both,
        "equal": gold.equal,
    }
    assert {name: f"{value:.1f}%" for name, value in figures.items()} == {
        name: published[name].split("= ")[-1] for name in figures
    }
    assert (gold.n, gold.failed, gold.correct.top) == (100, 0, 95.5)
    assert 0.89 < gold.correct.low < gold.correct.high < 0.99


@pytest.mark.django_db
def test_labels_are_nobodys_votes(data: Path) -> None:
    with (data / "llmbar" / "Natural" / "result.json").open("rb") as file:
        import_file(file, "llmbar", collection("natural"), judge="GPT-4")
    assert not Author.objects.filter(kind="person").exists()
    card = counted(author("GPT-4", "judge"))
    assert card.agreement.pairs == 0 and card.bias.first_position.n == 200
    assert Judgment.objects.filter(author__kind="gold").count() == 100


@pytest.mark.django_db
def test_the_same_result_twice_adds_nothing_and_another_evaluator_stands_beside_it(data: Path) -> None:
    added = []
    for judge in ("GPT-4", "GPT-4", "another"):
        with (data / "llmbar" / "Natural" / "result.json").open("rb") as file:
            tally = import_file(file, "llmbar", collection("natural"), judge=judge).tally
            added.append((tally.added["judgments"], tally.added["calls"]))
    assert added == [(200, 200), (0, 0), (100, 200)]
