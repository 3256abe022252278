"""AlpacaEval's published figures, from GPT-4's published judgments."""

import json
from pathlib import Path

import pytest

from annotation.judges.config.published.alpaca_eval import logprob_preference, switched
from training.evaluation.figures.alpaca_eval import (
    REMEDY,
    Annotation,
    Difficulty,
    average_length,
    difficulty_by_instruction,
    figures,
)
from training.evaluation.figures.length_control import (
    GamedRow,
    difficulties,
    fit,
    head_to_head,
    length_controlled,
    rows,
)
from training.evaluation.figures.records import read

PUBLISHED = {
    "annotations_ae1/vicuna-13b": {
        "win_rate": 70.434783,
        "standard_error": 1.606969,
        "n_wins": 566,
        "n_wins_base": 237,
        "n_draws": 2,
        "n_total": 805,
        "avg_length": 1037,
    },
    "annotations_ae1/alpaca-7b": {
        "win_rate": 26.459627,
        "standard_error": 1.535711,
        "n_wins": 205,
        "n_wins_base": 584,
        "n_draws": 16,
        "n_total": 805,
        "avg_length": 396,
    },
    "annotations_ae2/vicuna-13b": {
        "win_rate": 5.831103,
        "standard_error": 0.742283,
        "discrete_win_rate": 5.590062,
        "n_wins": 44,
        "n_wins_base": 759,
        "n_draws": 2,
        "n_total": 805,
    },
    "annotations_ae2/alpaca-7b": {
        "win_rate": 2.591451,
        "standard_error": 0.487086,
        "discrete_win_rate": 2.298137,
        "n_wins": 17,
        "n_wins_base": 785,
        "n_draws": 3,
        "n_total": 805,
    },
}
# C, weights of length, difficulty and model, and the figure, as published.
LENGTH_CONTROLLED = {
    "annotations_ae1/alpaca-7b": (2.78255940221, -2.07528818834, 0.16954968925, -1.03545617083, 26.2949543307),
    "annotations_ae2/alpaca-7b": (21.5443469003, -2.20678622276, 0.985927385702, -3.69074163425, 5.87548716328),
    "annotations_ae1/vicuna-13b": (0.35938136638, -1.47509136897, -0.00206637890171, 0, 50.0029467541),
    "annotations_ae2/vicuna-13b": (2.78255940221, -1.79522147258, 1.0713293109, -3.18775128746, 9.2220600237),
}


def annotations(data: Path, name: str) -> list[Annotation]:
    return list(read(data / "alpaca_eval" / f"{name}.json", Annotation, REMEDY))


def inputs(data: Path, judged: list[Annotation]) -> tuple[dict[str, float], list[GamedRow]]:
    folder = data / "alpaca_eval" / "lc"
    difficulty = read(folder / "instruction_difficulty_recovered.csv", Difficulty, "")
    gamed = read(folder / "df_gamed_surrogate_smooth.csv", GamedRow, "")
    return difficulty_by_instruction(list(difficulty), judged), list(gamed)


@pytest.mark.parametrize("name", PUBLISHED)
def test_counts_and_rates_are_the_published_ones(data: Path, name: str) -> None:
    found = figures(annotations(data, name))
    for key, value in PUBLISHED[name].items():
        assert found[key] == pytest.approx(value, abs=1e-6), key


@pytest.mark.parametrize("name", LENGTH_CONTROLLED)
def test_the_length_controlled_figure_is_the_published_one_at_the_published_c(data: Path, name: str) -> None:
    judged = annotations(data, name)
    difficulty, gamed = inputs(data, judged)
    c, *_, published = LENGTH_CONTROLLED[name]
    found = length_controlled([row.comparison for row in judged], difficulty, gamed, c)
    assert found["length_controlled_winrate"] == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("name", LENGTH_CONTROLLED)
def test_the_weights_of_the_fit_are_the_published_ones(data: Path, name: str) -> None:
    judged = annotations(data, name)
    difficulty, gamed = inputs(data, judged)
    gammas = difficulties([row.instruction for row in judged], difficulty)
    c, *weights, _ = LENGTH_CONTROLLED[name]
    found = fit(rows([row.comparison for row in judged], gammas, gamed), c)
    assert (found.length, found.difficulty, found.model) == pytest.approx(weights, abs=1e-5)


@pytest.mark.parametrize("name", LENGTH_CONTROLLED)
def test_cross_validation_comes_within_a_hundredth(data: Path, name: str) -> None:
    judged = annotations(data, name)
    difficulty, gamed = inputs(data, judged)
    published = LENGTH_CONTROLLED[name][-1]
    found = length_controlled([row.comparison for row in judged], difficulty, gamed)
    assert found["length_controlled_winrate"] == pytest.approx(published, abs=0.01)


def test_model_against_model_sums_to_a_hundred(data: Path) -> None:
    judged = [annotations(data, f"annotations_ae2/{name}") for name in ("vicuna-13b", "alpaca-7b")]
    difficulty, gamed = inputs(data, judged[0])
    gammas = difficulties([row.instruction for row in judged[0]], difficulty)
    vicuna, alpaca = (fit(rows([row.comparison for row in of_model], gammas, gamed)) for of_model in judged)
    assert head_to_head(vicuna, alpaca, gammas) > 55
    assert head_to_head(vicuna, alpaca, gammas) + head_to_head(alpaca, vicuna, gammas) == pytest.approx(100)


@pytest.mark.parametrize(("name", "length"), [("xwinlm-7b-v0.1", 1894), ("vicuna-13b", 1037), ("alpaca-7b", 396)])
def test_mean_lengths_are_the_published_ones(data: Path, name: str, length: int) -> None:
    outputs = json.loads((data / "alpaca_eval" / "model_outputs" / f"{name}.json").read_text())
    assert len(outputs) == 805
    assert average_length([row["output"] for row in outputs]) == length


@pytest.mark.parametrize("name", ["vicuna-13b", "alpaca-7b"])
def test_order_and_log_probabilities_give_every_stored_preference(data: Path, name: str) -> None:
    stored = json.loads((data / "alpaca_eval" / "annotations_ae2" / f"{name}.json").read_text())
    differing = [
        row["instruction"] for row in stored if _preference(row) != pytest.approx(row["preference"], abs=1e-9)
    ]
    assert len(stored) == 805
    assert differing == []


def _preference(row: dict) -> float | None:  # type: ignore[type-arg]  # a raw record
    if row["output_1"] == row["output_2"]:
        return 1.5
    shown = logprob_preference(row["raw_completion"]["logprobs"]["content"][0]["top_logprobs"])
    return 3 - shown if shown is not None and switched(row["instruction"]) else shown


def test_half_of_the_instructions_are_shown_the_other_way_round(data: Path) -> None:
    assert sum(switched(row.instruction) for row in annotations(data, "annotations_ae1/vicuna-13b")) == 406
