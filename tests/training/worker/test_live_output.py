"""Metrics and progress reach the database while a program runs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from training import program_log
from training.models import Metric, Run
from training.rundir import RunDir
from training.worker import transitions
from training.worker.live_output import Tail

MakeRun = Callable[..., Run]


@pytest.fixture
def run(make_run: MakeRun) -> Run:
    return make_run()


@pytest.fixture
def tail(run: Run, tmp_path: Path) -> Tail:
    claim = transitions.claim(run.pk, "w1")
    assert claim
    return Tail(claim, RunDir(tmp_path))


def log(tail: Tail, *lines: dict[str, float], end: str = "\n") -> None:
    with (tail.directory.path / "metrics.jsonl").open("a") as file:
        file.write("\n".join(map(json.dumps, lines)) + end)


def stored() -> list[tuple[str, int, float]]:
    return list(Metric.objects.order_by("name", "step").values_list("name", "step", "value"))


def test_figures_appear_as_they_are_logged(tail: Tail) -> None:
    log(tail, {"step": 1, "loss": 2.5, "lr": 0.1})
    tail.read()
    assert stored() == [("loss", 1, 2.5), ("lr", 1, 0.1)]
    log(tail, {"step": 2, "loss": 2.0})
    tail.read()
    assert ("loss", 2, 2.0) in stored()


def test_a_line_that_is_still_being_written_waits(tail: Tail) -> None:
    log(tail, {"step": 1, "loss": 2.5}, end="")
    tail.read()
    assert stored() == []
    log(tail, end="\n")
    tail.read()
    assert stored() == [("loss", 1, 2.5)]


def test_reading_it_all_again_changes_nothing(tail: Tail) -> None:
    log(tail, {"step": 1, "loss": 2.5}, {"step": 2, "loss": 2.0})
    tail.read()
    before = list(Metric.objects.values_list("pk", "name", "step", "value"))
    Tail(tail.held, tail.directory).read()
    assert list(Metric.objects.values_list("pk", "name", "step", "value")) == before


def test_a_step_that_was_done_twice_has_its_last_value(tail: Tail) -> None:
    log(tail, {"step": 2, "loss": 2.0})
    tail.read()
    log(tail, {"step": 1, "loss": 2.5}, {"step": 2, "loss": 1.9}, {"step": 2, "loss": 1.8})
    tail.read()
    assert stored() == [("loss", 1, 2.5), ("loss", 2, 1.8)]


def test_nothing_to_read_asks_nothing_of_the_database(
    tail: Tail, django_assert_num_queries: Callable[..., object]
) -> None:
    log(tail, {"step": 1, "loss": 2.5})
    tail.read()
    with django_assert_num_queries(0):  # type: ignore[attr-defined]
        tail.read()


def test_progress_is_noted_where_it_changed(tail: Tail, run: Run) -> None:
    (tail.directory.path / "progress.json").write_text(
        json.dumps({"done": 3, "total": 10, "unit": "steps", "rate": 1.5, "eta_seconds": 4.7})
    )
    tail.read()
    run.refresh_from_db()
    assert (run.done, run.total, run.rate, run.eta_seconds) == (3, 10, 1.5, 4.7)
    assert run.share_done == 0.3


def test_a_tail_without_a_claim_notes_no_progress(tail: Tail, run: Run) -> None:
    transitions.fail(tail.held, "gone")
    (tail.directory.path / "progress.json").write_text(json.dumps({"done": 3, "total": 10}))
    tail.read()
    run.refresh_from_db()
    assert run.done == 0


def test_a_log_that_grows_too_large_is_cut_while_its_program_runs(tail: Tail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_log, "LARGEST", 4 * program_log.TAIL)
    printed = tail.directory.path / "log.txt"
    printed.write_bytes(b"x" * 5 * program_log.TAIL)
    tail.read()
    assert printed.stat().st_size <= 2 * program_log.TAIL
