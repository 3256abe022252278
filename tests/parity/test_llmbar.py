"""LLMBar's published statistics; their kappas are wrong upstream and left out."""

import json
from pathlib import Path

from training.evaluation.figures.llmbar import REMEDY, JudgedInstance, figures, winner
from training.evaluation.figures.records import read


def results(data: Path) -> list[JudgedInstance]:
    return list(read(data / "llmbar" / "Natural" / "result.json", JudgedInstance, REMEDY))


def test_every_statistic_is_the_published_one(data: Path) -> None:
    published = json.loads((data / "llmbar" / "Natural" / "statistics.json").read_text())
    found = figures(results(data))
    for key in ("correct_False", "correct_True", "correct_average", "correct_both", "equal"):
        assert f"{found[key]:.1f}%" == published[key].split("= ")[-1], key
    assert found["n"] == 100


def test_every_stored_winner_is_read_from_its_completion(data: Path) -> None:
    orders = [(result.results[-1][f"swap = {swap}"], swap) for result in results(data) for swap in (False, True)]
    assert [winner(order.completion[0] or "", swap) for order, swap in orders] == [order.winner for order, _ in orders]
