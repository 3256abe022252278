"""A run's log: whole while it is small, and its beginning and end when it grows."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from training import program_log
from training.program_log import ProgramLog

PRINTS = "for number in range(60_000): print(f'{number:9}', flush=True)"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ProgramLog:
    """A log of which 1,000 bytes are much."""
    for name, size in (("HEAD", 100), ("TAIL", 300), ("LARGEST", 1_000)):
        monkeypatch.setattr(program_log, name, size)
    return ProgramLog(tmp_path / "log.txt")


def lines(first: int, last: int) -> str:
    return "".join(f"{number:9}\n" for number in range(first, last))


def whole(log: ProgramLog, step: int) -> str:
    read, position = b"", 0
    while position < log.size:
        part, position = log.part(position, step)
        read += part
    return read.decode()


def test_a_small_log_stays_as_it_is(log: ProgramLog) -> None:
    log.cut()
    log.path.write_text(lines(0, 100))
    log.cut()
    assert log.path.read_text() == lines(0, 100) and log.size == 1_000


def test_of_a_large_log_the_beginning_and_the_end_are_kept_with_what_is_gone(log: ProgramLog) -> None:
    log.path.write_text(lines(0, 200))
    log.cut()
    text = log.path.read_text()
    assert text.startswith(lines(0, 10)) and text.endswith(lines(171, 200))
    assert f" {10 * 161} bytes were left out here" in text


def test_a_log_that_is_cut_again_and_again_counts_all_that_was_printed(log: ProgramLog) -> None:
    for first in range(0, 2_000, 100):
        with log.path.open("a") as file:
            file.write(lines(first, first + 100))
        log.cut()
        assert log.size == 10 * (first + 100) and log.path.stat().st_size < 1_100
    assert f" {10 * (2_000 - 10 - 29)} bytes" in log.path.read_text()


@pytest.mark.parametrize("step", [40, 64, 10_000])
def test_a_log_that_was_cut_is_read_part_by_part(log: ProgramLog, step: int) -> None:
    log.path.write_text(lines(0, 200))
    log.cut()
    assert whole(log, step) == log.path.read_text()


def test_who_asks_for_what_is_gone_gets_the_note_and_goes_on_behind_it(log: ProgramLog) -> None:
    log.path.write_text(lines(0, 200))
    log.cut()
    part, after = log.part(900, 10_000)
    assert part.decode().split("]\n\n")[1] == lines(171, 200) and after == log.size == 2_000


def test_a_program_goes_on_printing_into_a_log_that_is_cut(log: ProgramLog) -> None:
    with log.path.open("ab") as file, subprocess.Popen([sys.executable, "-c", PRINTS], stdout=file) as program:
        while program.poll() is None:
            log.cut()
            time.sleep(0.01)
    log.cut()
    assert log.path.stat().st_size <= program_log.LARGEST
    assert log.path.read_text().startswith(lines(0, 10)) and log.path.read_text().endswith(lines(59_990, 60_000))
