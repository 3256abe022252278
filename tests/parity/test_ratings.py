"""Ratings of two small sets against golden values."""

import csv
from pathlib import Path

import pytest

from training.evaluation.figures.arena import REMEDY, ArenaComparison, figures
from training.evaluation.figures.records import read


@pytest.mark.parametrize("name", ["simple", "food"])
@pytest.mark.parametrize("algorithm", ["elo", "bradley_terry", "average_win_rate"])
def test_ratings_are_the_golden_ones(data: Path, name: str, algorithm: str) -> None:
    with (data / "ratings" / f"{name}-golden.csv").open() as stream:
        golden = {row["item"]: float(row["score"]) for row in csv.DictReader(stream) if row["algorithm"] == algorithm}
    found = figures(list(read(data / "ratings" / f"{name}.csv", ArenaComparison, REMEDY)))
    assert len(golden) == 5
    assert found[algorithm] == pytest.approx(golden, abs=1e-6)
