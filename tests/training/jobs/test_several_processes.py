"""One real training run in two processes, which torch's elastic starts in sessions of their own."""

import os
import signal
from pathlib import Path
from typing import Any

from tests.training.jobs.conftest import DEMONSTRATIONS, make
from tests.training.worker.test_program import StandIn, alive, keeper_of, left, wait_for
from training.commands import command
from training.rundir import RunDir
from training.worker.environment import environment
from training.worker.program import Program, follow
from training.worker.transitions import ClaimStatus

SMALL: dict[str, Any] = {"processes": 2, "micro_batch_size": 2, "max_steps": 10_000, "save_every": 10}


def program(run: RunDir) -> Program:
    return Program(command(run.spec, run.path), run.path, environment(run.path) | {"OMP_NUM_THREADS": "1"})


def steps(run: RunDir) -> int:
    return max((int(line["step"]) for line in run.read_metrics()[0]), default=0)


def test_two_processes_go_on_alone_in_their_folder_and_stop_with_a_checkpoint(
    base: str, tmp_path: Path, settings: Any
) -> None:
    settings.CANCEL_SECONDS = 60
    run = make(tmp_path, "sft", {"train": DEMONSTRATIONS}, base=base, **SMALL)
    worker = os.fork()
    if not worker:
        follow(StandIn(), program(run), lambda: None)
        os._exit(0)
    wait_for(run.newest_checkpoint, 120)
    outlived = left(tmp_path)
    for pid in (worker, keeper_of(tmp_path)):
        os.kill(pid, signal.SIGKILL)
    os.waitpid(worker, 0)
    wanted = steps(run) + 20
    ending = follow(StandIn(ClaimStatus.CANCEL, lambda: steps(run) > wanted), program(run), lambda: None)
    result = run.read_result()
    assert result and result.state == "cancelled" and result.resumed_from.startswith("checkpoint-"), ending.said
    # The keeper, the launcher and its two.
    assert len(outlived) == 4 and not [pid for pid in outlived if alive(pid)]
    newest = run.newest_checkpoint()
    assert left(tmp_path) == [] and newest and int(newest.name.partition("-")[2]) >= wanted
