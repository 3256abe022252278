"""Several processes of one trainer, started by the product's own command on a CPU: the same losses as one alone."""

import os
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from tests.training.jobs.conftest import PREFERENCES, Run, make
from tests.training.jobs.test_stopping import ROOT, wait_for
from training.commands import command
from training.rundir import RunDir

TWO = {"processes": 2, "micro_batch_size": 2, "epochs": 4.0, "eval_every": 4, "save_every": 3}
DATA = {"train": PREFERENCES}
needs_deepspeed = pytest.mark.skipif(find_spec("deepspeed") is None, reason="DeepSpeed is of requirements/gpu.txt")


def start(run: RunDir) -> "subprocess.Popen[bytes]":
    with (run.path / "log.txt").open("ab") as log:
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        line = command(run.spec, run.path)
        return subprocess.Popen(line, cwd=ROOT, stdout=log, stderr=log, env=environment, start_new_session=True)


def finish(run: RunDir) -> Any:
    code = start(run).wait(300)
    result = run.read_result()
    assert code == 0 and result, (run.path / "log.txt").read_text()[-3000:]
    return result


def losses(run: RunDir, name: str = "loss") -> dict[float, float]:
    return {row["step"]: row[name] for row in run.read_metrics()[0] if name in row}


def kill(program: "subprocess.Popen[bytes]", run: RunDir) -> None:
    """All of it: torchrun gives each process a session of its own."""
    found = subprocess.run(["pgrep", "-f", f"training.jobs.* {run.path}$"], capture_output=True, text=True, check=True)
    for process in found.stdout.split():
        os.kill(int(process), signal.SIGKILL)
    program.wait()


def test_two_processes_that_were_killed_end_where_one_alone_does(do: Run, base: str, tmp_path: Path) -> None:
    """DPO with the reference asked before: both processes read one file of what it said, at both starts."""
    alone, expected = do("dpo", DATA, "alone", base=base, **TWO | {"processes": 1, "micro_batch_size": 4})
    run = make(tmp_path / "two", "dpo", DATA, base=base, precompute_reference=True, **TWO)
    program = start(run)
    wait_for(run.newest_checkpoint)
    kill(program, run)
    result = finish(run)
    assert result.resumed_from and result.counts == expected.counts
    assert losses(run) == pytest.approx(losses(alone), abs=1e-5)
    assert losses(run, "eval_rewards/margins") == pytest.approx(losses(alone, "eval_rewards/margins"), abs=1e-5)
    assert result.figures["train_loss"] == pytest.approx(expected.figures["train_loss"], abs=1e-5)


@needs_deepspeed
@pytest.mark.parametrize("kind", ["sft", "dpo", "reward"])
@pytest.mark.parametrize("stage", ["zero2", "zero3"])
@pytest.mark.parametrize("rank", [0, 4])
def test_sharded_processes_give_the_losses_of_one_alone(
    do: Run, base: str, tmp_path: Path, kind: str, stage: str, rank: int
) -> None:
    alone, expected = do(kind, DATA, "alone", base=base, lora_rank=rank, epochs=4.0, eval_every=4)
    run = make(tmp_path / "two", kind, DATA, base=base, sharding=stage, lora_rank=rank, **TWO)
    result = finish(run)
    assert losses(run) == pytest.approx(losses(alone), abs=1e-4)
    assert result.figures["parameters"] == expected.figures["parameters"]
    loader: Any = AutoModelForSequenceClassification if kind == "reward" else AutoModelForCausalLM
    _, told = loader.from_pretrained(run.output, output_loading_info=True)
    assert not any(told.values())


def test_processes_that_share_by_fsdp_and_were_killed_give_the_losses_of_one_alone(
    do: Run, base: str, tmp_path: Path
) -> None:
    alone, expected = do("sft", DATA, "alone", base=base, epochs=4.0, eval_every=4)
    run = make(tmp_path / "two", "sft", DATA, base=base, sharding="fsdp", **TWO)
    program = start(run)
    wait_for(run.newest_checkpoint)
    kill(program, run)
    result = finish(run)
    assert result.resumed_from and losses(run) == pytest.approx(losses(alone), abs=1e-4)
    assert result.figures["parameters"] == expected.figures["parameters"]
    _, told = AutoModelForCausalLM.from_pretrained(run.output, output_loading_info=True)
    assert not any(told.values())
