"""Cancel, kill and resume of a training run, in this process and as a real program."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, Run, make, perform
from tests.training.jobs.test_sft import weights
from training.commands import command
from training.jobs.running import StopRequest
from training.rundir import RunDir

ROOT = Path(__file__).parents[3]


class StopAfter(StopRequest):
    """A wish to stop that comes after some looks."""

    looks = 3

    @property
    def asked(self) -> bool:
        self.looks -= 1
        return self.looks <= 0


MOVING = {"sync_every": 2, "sync_share": 0.5, "beta": 10.0}


@pytest.mark.parametrize(("kind", "more"), [("sft", {}), ("dpo", {}), ("dpo", MOVING), ("reward", {})], ids=str)
def test_a_cancelled_run_goes_on_where_it_was(
    do: Run, base: str, tmp_path: Path, kind: str, more: dict[str, Any]
) -> None:
    data = {"train": PREFERENCES}
    whole, _ = do(kind, data, "whole", base=base, epochs=2.0, **more)
    run = make(tmp_path / "cut", kind, data, base=base, epochs=2.0, **more)
    cancelled = perform(run, StopAfter(run))
    resumed = perform(run)
    assert (cancelled.state, resumed.state) == ("cancelled", "succeeded")
    assert resumed.resumed_from == "checkpoint-3"
    assert resumed.counts["steps"] == whole.read_result().counts["steps"]  # type: ignore[union-attr]
    steps = [row["step"] for row in run.read_metrics()[0] if "loss" in row]
    assert steps == [row["step"] for row in whole.read_metrics()[0] if "loss" in row]
    after, uninterrupted = weights(run.output), weights(whole.output)
    assert all(torch.allclose(after[name], uninterrupted[name], atol=1e-5) for name in after)


def test_a_checkpoint_whose_save_was_cut_is_passed_over(do: Run, base: str, tmp_path: Path) -> None:
    run = make(tmp_path / "cut", "sft", {"train": DEMONSTRATIONS}, base=base, epochs=2.0)
    perform(run, StopAfter(run))
    cut = run.checkpoints / "checkpoint-9"
    cut.mkdir()
    (cut / "trainer_state.json").write_text('{"global_step": ')
    assert perform(run).resumed_from == "checkpoint-3"


def test_progress_ends_at_the_total(do: Run, base: str) -> None:
    run, _ = do("sft", {"train": DEMONSTRATIONS}, base=base)
    progress = run.read_progress()
    assert progress and (progress.done, progress.total, progress.unit) == (4, 4, "steps")


def test_resumable_state_is_removed_once_it_is_useless(do: Run, base: str) -> None:
    run, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, save_every=2)
    assert not run.checkpoints.exists()


def start(run: RunDir) -> "subprocess.Popen[bytes]":
    with (run.path / "log.txt").open("ab") as log:
        return subprocess.Popen(command(run.spec, run.path), cwd=ROOT, stdout=log, stderr=log)


def wait_for(condition: Any, seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def test_sigterm_to_the_real_program_leaves_a_checkpoint(base: str, tmp_path: Path) -> None:
    run = make(tmp_path / "run", "sft", {"train": DEMONSTRATIONS}, base=base, epochs=100.0, save_every=10_000)
    program = start(run)
    wait_for(lambda: run.read_metrics()[0])
    program.send_signal(signal.SIGTERM)
    assert program.wait(60) == 3
    result = run.read_result()
    assert result and result.state == "cancelled" and run.newest_checkpoint()


def test_sigkill_to_the_real_program_leaves_no_result_and_the_next_start_finishes(base: str, tmp_path: Path) -> None:
    run = make(tmp_path / "run", "sft", {"train": DEMONSTRATIONS}, base=base, epochs=25.0, save_every=5)
    program = start(run)
    wait_for(run.newest_checkpoint)
    program.kill()
    program.wait()
    assert run.read_result() is None
    result = perform(run)
    assert result.counts["steps"] == 100 and result.resumed_from.startswith("checkpoint-")


def test_a_bad_spec_is_an_answer_and_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "spec.json").write_text('{"kind": "keep_best", "keep": 0}')
    program = [sys.executable, "-m", "training.jobs.keep_best", str(tmp_path)]
    assert subprocess.run(program, cwd=ROOT, capture_output=True, check=False).returncode == 2
    result = RunDir(tmp_path).read_result()
    assert result and result.state == "failed" and result.error.startswith("keep: ")
