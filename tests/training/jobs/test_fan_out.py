"""Several processes that share the chunks of one output: its bytes are those of one process, whoever is killed."""

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.training.frozen import write_data
from tests.training.worker.test_program import wait_for
from training import specs
from training.rundir import Result, RunDir

ROOT = Path(__file__).parents[3]
# A program in whose place of a model stands a pause.
PROGRAM = """
import os, sys, time
from training.jobs import fan_out
from training.jobs.running import PART, main
from training.specs import Score, SpecError

def score(job):
    def load():
        if os.environ.get("REFUSES"):
            raise SpecError("engine", "is not installed here")
        return "a pause", work

    def work(name, chunk, first, before):
        with (job.run.path / "worked").open("a") as worked:
            print(os.getpid(), first, file=worked, flush=True)
        time.sleep(float(os.environ["PACE"]))
        return [{"id": row["id"], "score": first / 7} for row in chunk], {"scores": len(chunk)}

    responses = fan_out.Output("scores", job.number_of("responses"), lambda: job.records("responses"))
    job.found.counts.update(fan_out.make(job, fan_out.Plan([responses], 10, "responses", load)).get("scores", {}))

main(score, Score)
"""
ROWS, CHUNKS = 195, 20

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    return shared_by(tmp_path / "several", 2)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What one process makes of it."""
    run = shared_by(tmp_path_factory.mktemp("alone"), 1)
    assert start(run).wait(60) == 0
    return written(run)


def shared_by(path: Path, processes: int) -> RunDir:
    file = write_data(RunDir(path), "responses", [{"id": number} for number in range(ROWS)])
    data = {"responses": {"path": file.path, "sha256": file.sha256}}
    told = {"gpus": 0, "precision": "fp32", "processes": processes, "data": data}
    return RunDir.create(path, specs.parse("score", told))


def start(run: RunDir, pace: float = 0.0, **told: str) -> "subprocess.Popen[bytes]":
    environ = os.environ | {"PACE": str(pace)} | told
    with (run.path / "log.txt").open("ab") as log:
        return subprocess.Popen([sys.executable, "-c", PROGRAM, str(run.path)], cwd=ROOT, env=environ, stderr=log)


def worked(run: RunDir) -> list[tuple[int, int]]:
    """The process and the place of each chunk that was begun."""
    path = run.path / "worked"
    lines = path.read_text().splitlines() if path.exists() else []
    return [(int(pid), int(first)) for pid, first in map(str.split, lines)]


def written(run: RunDir) -> bytes:
    return (run.output / "scores.jsonl").read_bytes()


def result(run: RunDir) -> Result:
    found = run.read_result()
    assert found
    return found


def test_the_output_is_that_of_one_process_and_no_chunk_is_made_twice(run: RunDir, expected: bytes) -> None:
    assert start(run, pace=0.05).wait(60) == 0
    assert written(run) == expected
    assert sorted(first for _, first in worked(run)) == list(range(0, ROWS, 10))
    assert len({pid for pid, _ in worked(run)}) == 2
    assert (result(run).counts, result(run).figures) == ({"scores": ROWS}, {"engine": "a pause"})
    assert not run.checkpoints.exists()


def test_where_one_is_killed_the_other_goes_on_with_its_chunk(run: RunDir, expected: bytes) -> None:
    program = start(run, pace=0.1)
    wait_for(lambda: len({pid for pid, _ in worked(run)}) == 2)
    os.kill(worked(run)[-1][0], signal.SIGKILL)
    assert program.wait(60) == 0
    assert written(run) == expected
    assert len(worked(run)) <= CHUNKS + 1


def test_where_all_are_killed_a_resume_repeats_the_chunks_in_flight_at_most(run: RunDir, expected: bytes) -> None:
    program = start(run, pace=0.1)
    wait_for(lambda: len(worked(run)) > 6)
    for pid in (program.pid, *{pid for pid, _ in worked(run)}):
        os.kill(pid, signal.SIGKILL)
    program.wait()
    assert start(run).wait(60) == 0
    assert written(run) == expected
    twice = [first for first, times in Counter(first for _, first in worked(run)).items() if times > 1]
    assert len(twice) <= 2 and len(worked(run)) <= CHUNKS + 2
    assert result(run).resumed_from.startswith("response ")


def test_where_its_processes_are_killed_the_program_is_killed_and_so_tried_again(run: RunDir) -> None:
    program = start(run, pace=0.2)
    wait_for(lambda: len({pid for pid, _ in worked(run)}) == 2)
    for pid in {pid for pid, _ in worked(run)}:
        os.kill(pid, signal.SIGKILL)
    assert program.wait(60) == -signal.SIGKILL
    assert run.read_result() is None


@pytest.mark.parametrize("by", ["file", "signal"])
def test_all_stop_when_it_is_asked_and_go_on_later(run: RunDir, expected: bytes, by: str) -> None:
    program = start(run, pace=0.1)
    wait_for(lambda: len(worked(run)) > 4)
    (run.path / "cancel").touch() if by == "file" else program.terminate()
    assert program.wait(60) == 3
    assert result(run).state == "cancelled"
    (run.path / "cancel").unlink(missing_ok=True)
    assert start(run).wait(60) == 0
    assert written(run) == expected and len(worked(run)) == CHUNKS


def test_why_they_failed_is_the_words_of_one(run: RunDir) -> None:
    assert start(run, REFUSES="1").wait(60) == 2
    assert result(run).error == "engine: is not installed here"
