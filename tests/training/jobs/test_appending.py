"""Output that grows in chunks: a chunk counts once its mark is set; a killed program goes on behind it."""

from pathlib import Path

import pytest

from training.jobs.appending import Appender
from training.rundir import RunDir, read_records


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return RunDir(tmp_path)


def lines(run: RunDir) -> list[int]:
    return [record["n"] for record in read_records(run.output / "set.jsonl")]


def test_chunks_follow_each_other_and_are_counted(run: RunDir) -> None:
    appender = Appender(run, "set")
    appender.append([{"n": 1}, {"n": 2}], inputs=1, counts={"short": 1})
    appender.append([{"n": 3}], inputs=2, counts={"short": 2, "empty": 1})
    assert lines(run) == [1, 2, 3]
    assert (appender.mark.inputs, appender.mark.counts) == (3, {"short": 3, "empty": 1})


def test_another_program_goes_on_behind_the_mark(run: RunDir) -> None:
    Appender(run, "set").append([{"n": 1}], inputs=5, counts={"short": 1})
    again = Appender(run, "set")
    assert again.mark.inputs == 5
    again.append([{"n": 2}], inputs=1, counts={})
    assert lines(run) == [1, 2] and again.mark.counts == {"short": 1}


@pytest.mark.parametrize("cut", [b'{"n": 2}\n', b'{"n": 2}\n{"n"', b"\x00\xff"])
def test_what_a_crash_left_behind_the_mark_is_dropped(run: RunDir, cut: bytes) -> None:
    Appender(run, "set").append([{"n": 1}], inputs=1, counts={})
    with (run.output / "set.jsonl").open("ab") as file:
        file.write(cut)
    Appender(run, "set").append([{"n": 3}], inputs=1, counts={})
    assert lines(run) == [1, 3]


def test_a_chunk_before_its_first_mark_is_made_anew(run: RunDir) -> None:
    Appender(run, "set").append([{"n": 1}], inputs=1, counts={})
    (run.checkpoints / "set.mark.json").unlink()
    assert Appender(run, "set").mark.inputs == 0 and lines(run) == []


def test_an_input_that_gave_nothing_is_done_all_the_same(run: RunDir) -> None:
    Appender(run, "set").append([], inputs=4, counts={"empty": 4})
    assert Appender(run, "set").mark.inputs == 4
