"""Whatever a program measured and counted is in what its page shows."""

from typing import Any

from frontend.presenters.training.figures import RunFigures, of_run
from training.models import Run


def shown(kind: str = "sft", settings: dict[str, Any] | None = None, **result: Any) -> RunFigures:
    return of_run(Run(kind=kind, spec={"settings": settings or {}}, result=result))


def test_a_run_that_left_nothing_shows_nothing() -> None:
    found = shown()
    assert not any((found.tiles, found.draws, found.lengths, found.made, found.held_out, found.best_of_n))


def test_known_figures_have_words_and_unknown_ones_their_own_name() -> None:
    found = shown(counts={"dropped_long": 3}, figures={"new_figure": 0.5, "deep": {"er": 2}, "list": [1, 2]})
    told = {tile.label: tile.value for tile in found.tiles}
    assert told == {"Left out: too long": 3, "New figure": 0.5, "Deep er": 2, "List": "1, 2"}


def test_what_was_measured_on_held_out_rows_beside_accuracy_has_tiles() -> None:
    found = shown(figures={"held_out": {"n": 8, "step": 12, "loss": 0.5, "accuracy": 0.75}})
    assert {tile.label: tile.value for tile in found.tiles} == {"Held-out loss": 0.5, "Weights of step": 12}
    assert found.held_out and found.held_out.n == 8


def test_each_draw_of_a_sampling_run_has_a_row() -> None:
    counts = {"set_responses": 640, "set_tokens": 9000, "set_unfinished": 4, "set_short": 0, "greedy_responses": 10}
    found = shown("sample", {"draws": [{"name": "set"}, {"name": "greedy"}, {"name": "none"}]}, counts=counts)
    assert found.draws
    assert [(draw.name, draw.counts) for draw in found.draws.rows] == [
        ("set", [640, 9000, 4, 0]),
        ("greedy", [10, None, None, None]),
    ]
    assert [label for label, _ in found.draws.columns][-1] == "Prompts with too few" and not found.tiles


def test_prompts_without_an_answer_have_a_column_of_each_draw_where_there_are_any() -> None:
    counts = {"set_responses": 640, "set_too_long": 2, "greedy_responses": 10, "greedy_empty": 1}
    found = shown("sample", {"draws": [{"name": "set"}, {"name": "greedy"}]}, counts=counts)
    assert found.draws
    assert [label for label, _ in found.draws.columns][-2:] == ["Too long", "Empty"]
    assert [draw.counts[-2:] for draw in found.draws.rows] == [[2, None], [None, 1]]
    assert not found.tiles


def test_lengths_stand_together_in_whole_characters() -> None:
    found = shown("keep_best", figures={"length": {"all": 80.4, "chosen": 101.6, "rejected": None}, "tenth": -1.5})
    assert [(row.label, row.value) for row in found.lengths] == [("All responses", 80), ("Chosen", 102)]
    assert [tile.label for tile in found.tiles] == ["Tenth percentile"]


def test_how_it_was_made_names_engine_times_packages_and_files() -> None:
    files = {"model.safetensors": {"sha256": "0", "bytes": 2048}}
    made: dict[str, Any] = {
        "figures": {"engine": "vllm"},
        "versions": {"torch": "2.9.1"},
        "seconds": 65.0,
        "cpu_seconds": 130.0,
    }
    found = shown(**made, files=files, resumed_from="checkpoint-8")
    told = {fact.label: fact.value.replace("\xa0", " ") for fact in found.made}
    assert told == {
        "Engine": "vllm",
        "Time": "1 min 05 s",
        "CPU time": "2 min 10 s",
        "Resumed from": "checkpoint-8",
        "Packages": "torch 2.9.1",
        "Files": "model.safetensors (2.0 KB)",
    }
