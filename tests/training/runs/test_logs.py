"""What pages ask of a run that goes on."""

from collections.abc import Callable
from math import inf, nan

import pytest

from training import program_log
from training.models import Metric, Run
from training.program_log import ProgramLog
from training.runs.logs import LOG_BYTES, curves, log_from


@pytest.fixture
def run(make_run: Callable[..., Run]) -> Run:
    run = make_run()
    run.directory.mkdir(parents=True)
    return run


def test_curves_are_columns_by_rising_step(run: Run) -> None:
    for step in (3, 1, 2):
        Metric.objects.create(run=run, name="loss", step=step, value=step / 2)
    assert curves(run) == {"loss": {"step": [1, 2, 3], "value": [0.5, 1.0, 1.5]}}


def test_curves_go_on_from_a_step(run: Run) -> None:
    for step in (1, 2, 3):
        Metric.objects.create(run=run, name="loss", step=step, value=1)
    assert curves(run, since=2)["loss"]["step"] == [2, 3]


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_a_loss_that_diverged_is_null(run: Run, value: float) -> None:
    Metric.objects.create(run=run, name="loss", step=1, value=value)
    assert curves(run)["loss"]["value"] == [None]


def test_a_run_that_has_not_begun_has_an_empty_log(run: Run) -> None:
    assert log_from(run) == {"offset": 0, "text": "", "next": 0, "size": 0}


def test_a_log_is_read_part_by_part_without_cutting_a_character(run: Run) -> None:
    text = "größer ⟶ weiter\n" * 10_000
    (run.directory / "log.txt").write_text(text)
    read, offset = "", 0
    while part := log_from(run, offset)["text"]:
        read += part
        offset = log_from(run, offset)["next"]
    assert read == text


def test_without_an_offset_the_end_of_the_log_is_shown(run: Run) -> None:
    (run.directory / "log.txt").write_text("x" * 200_000 + "\nthe end\n")
    part = log_from(run)
    assert part["text"].endswith("the end\n")
    assert len(part["text"]) <= LOG_BYTES
    assert part["next"] == part["size"]


def test_an_offset_behind_the_end_gives_nothing(run: Run) -> None:
    (run.directory / "log.txt").write_text("short\n")
    assert log_from(run, 10**9)["text"] == ""


def test_who_reads_a_log_goes_on_after_it_was_cut(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("HEAD", 100), ("TAIL", 200), ("LARGEST", 400)):
        monkeypatch.setattr(program_log, name, size)
    log = run.directory / "log.txt"
    log.write_text("".join(f"line {number:3}\n" for number in range(100)))
    before = log_from(run)
    ProgramLog(log).cut()
    with log.open("a") as file:
        file.write("one more\n")
    assert log_from(run, before["next"])["text"] == "one more\n"
    assert log_from(run)["next"] == log_from(run)["size"] == before["size"] + 9
