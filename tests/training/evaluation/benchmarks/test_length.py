"""What the length control needs of a set: imported once, replaced by the next import, and refused by line."""

from pathlib import Path

import pytest

from annotation.models import Collection
from tests.annotation.making import collection, prompt
from training.evaluation.benchmarks.length import (
    gamed_rows,
    import_difficulty,
    import_gamed,
    inputs_of,
    remedies,
    standard_deviation,
)
from training.evaluation.figures.alpaca_eval import LengthComparison
from training.evaluation.figures.records import BadRecord
from training.models import LengthInputs

pytestmark = pytest.mark.django_db


@pytest.fixture
def questions() -> Collection:
    prompt("One?")
    prompt("Two?")
    return collection()


def csv(folder: Path, *lines: str) -> Path:
    file = folder / "given.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def test_difficulty_is_known_by_question_and_strange_rows_are_counted(questions: Collection, tmp_path: Path) -> None:
    file = csv(tmp_path, "instruction,instruction_difficulty", "One?,0.5", "Elsewhere?,1.0")
    assert import_difficulty(questions, file) == (1, 2, 1)
    assert list(inputs_of(questions).difficulty.values()) == [0.5]


def test_another_import_takes_its_place_and_leaves_the_games(questions: Collection, tmp_path: Path) -> None:
    import_gamed(questions, csv(tmp_path, "std_delta_len,instruction_difficulty,preference", "0.5,1.0,0.25"))
    for value in ("0.5", "0.75"):
        import_difficulty(questions, csv(tmp_path, "instruction,instruction_difficulty", f"One?,{value}"), "a file")
    found = inputs_of(questions)
    assert list(found.difficulty.values()) == [0.75] and [row.preference for row in found.gamed] == [0.25]
    assert LengthInputs.objects.get().difficulty_source == "a file"


@pytest.mark.parametrize("row", ["One?,much", "One?"])
def test_a_row_that_is_wrong_is_named_and_nothing_is_kept(questions: Collection, tmp_path: Path, row: str) -> None:
    with pytest.raises(BadRecord, match="given.csv"):
        import_difficulty(questions, csv(tmp_path, "instruction,instruction_difficulty", "Two?,1.0", row))
    assert not LengthInputs.objects.exists()


def test_where_nothing_was_imported_nothing_is_known_and_the_remedy_is_a_command(questions: Collection) -> None:
    assert inputs_of(questions) == ({}, [])
    assert f"--collection {questions.slug}" in remedies(questions).difficulty
    assert remedies(questions).gamed.endswith("--gamed`")


def test_a_gamed_baselines_comparisons_are_measured_in_their_own_spread() -> None:
    comparisons = [
        LengthComparison("a", 10, 1.0),
        LengthComparison("b", -10, 0.0),
        LengthComparison("c", 0, float("nan")),
    ]
    rows = gamed_rows(comparisons, {"a": 2.0})
    assert [(row.std_delta_len, row.instruction_difficulty, row.preference) for row in rows] == [(1, 2, 1), (-1, 0, 0)]
    assert standard_deviation([5, 5, 5]) == standard_deviation([5]) == 1.0
