"""One real training run in two processes, which torch's elastic starts in sessions of their own."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.training.jobs.conftest import DEMONSTRATIONS, make
from tests.training.worker.test_program import StandIn, alive, keeper_of, left, wait_for
from training.rundir import RunDir
from training.worker.environment import environment
from training.worker.program import Program, follow
from training.worker.transitions import ClaimStatus

ELASTIC = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def program(run: RunDir) -> Program:
    words = [sys.executable, *ELASTIC, "-m", "training.jobs.sft", str(run.path)]
    return Program(words, run.path, environment(run.path) | {"OMP_NUM_THREADS": "1"})


def steps(run: RunDir) -> int:
    return max((int(line["step"]) for line in run.read_metrics()[0]), default=0)


def test_two_processes_stop_with_a_checkpoint_and_are_alone_in_their_folder(
    base: str, tmp_path: Path, settings: Any
) -> None:
    settings.CANCEL_SECONDS = 60
    run = make(tmp_path, "sft", {"train": DEMONSTRATIONS}, base=base, max_steps=10_000, save_every=10_000)
    worker = os.fork()
    if not worker:
        follow(StandIn(), program(run), lambda: None)
        os._exit(0)
    wait_for(lambda: steps(run), 120)
    outlived = left(tmp_path)
    for pid in (worker, keeper_of(tmp_path)):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(worker, 0)
    (tmp_path / "metrics.jsonl").unlink()
    ending = follow(StandIn(ClaimStatus.CANCEL, lambda: steps(run) > 0), program(run), lambda: None)
    result = run.read_result()
    assert result and result.state == "cancelled" and run.newest_checkpoint(), ending.said
    # The keeper, the launcher and its two.
    assert len(outlived) == 4 and not [pid for pid in outlived if alive(pid)]
    assert left(tmp_path) == []
