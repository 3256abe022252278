"""The frame around every program: how it ends, what it leaves, and what it refuses."""

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.training.frozen import write_data
from training.jobs.running import Job, JobStopped, StopRequest, perform
from training.rundir import Result, RunDir
from training.specs import KeepBest, Score, SpecError, parse

Work = Callable[[Job[KeepBest]], None]


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    made = RunDir(tmp_path / "run")
    data = write_data(made, "responses", [{"n": 1}])
    fields = {"data": {"responses": {"path": data.path, "sha256": data.sha256}}, "seed": 3}
    return RunDir.create(made.path, parse("keep_best", fields))


def ended(run: RunDir, work: Work, kind: Any = KeepBest) -> Result:
    perform(work, kind, run, StopRequest(run))
    result = run.read_result()
    assert result
    return result


def counting(job: Job[KeepBest]) -> None:
    job.found.counts["kept"] = len(list(job.records("responses")))
    job.run.output.mkdir()
    (job.run.output / "best.jsonl").write_text("{}\n")


def test_a_program_that_ends_well_leaves_its_counts_and_the_digests_of_its_files(run: RunDir) -> None:
    run.checkpoints.mkdir()
    result = ended(run, counting)
    assert (result.state, result.counts) == ("succeeded", {"kept": 1})
    assert [(name, file.bytes) for name, file in result.files.items()] == [("best.jsonl", 3)]
    assert not run.checkpoints.exists()


def test_a_program_that_is_asked_to_stop_keeps_what_it_needs_to_go_on(run: RunDir) -> None:
    run.checkpoints.mkdir()
    (run.path / "cancel").touch()
    result = ended(run, lambda job: job.stop.check())
    assert (result.state, result.error, result.files) == ("cancelled", "", {})
    assert run.checkpoints.exists()


def test_a_signal_is_a_wish_to_stop_too(run: RunDir) -> None:
    stop = StopRequest(run)
    stop.check()
    stop.hear(signal.SIGTERM, None)
    with pytest.raises(JobStopped):
        stop.check()


def test_what_a_program_refuses_is_its_error(run: RunDir) -> None:
    def refuses(job: Job[KeepBest]) -> None:
        raise SpecError("keep", "is more than there are; write less")

    result = ended(run, refuses)
    assert (result.state, result.error) == ("failed", "keep: is more than there are; write less")


def test_an_unexpected_error_leaves_no_result_not_even_an_old_one(run: RunDir) -> None:
    ended(run, counting)

    def breaks(job: Job[KeepBest]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        perform(breaks, KeepBest, run, StopRequest(run))
    assert run.read_result() is None


def test_a_program_does_its_own_kind_only(run: RunDir) -> None:
    assert "this program does score, and the spec says keep_best" in ended(run, lambda job: None, Score).error


def test_an_input_that_the_spec_does_not_name_is_refused_by_name(run: RunDir) -> None:
    def reads(job: Job[KeepBest]) -> None:
        job.records("scores")

    assert "has no 'scores'" in ended(run, reads).error


def test_data_that_was_changed_is_refused(run: RunDir) -> None:
    (run.path / "data" / "responses.jsonl").write_text('{"n": 2}\n')
    assert "was changed after the run was made" in ended(run, counting).error


def test_of_several_processes_only_the_first_writes(run: RunDir, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "1")
    assert perform(lambda job: None, KeepBest, run, StopRequest(run)) == "succeeded"
    assert run.read_result() is None
