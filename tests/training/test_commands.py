"""The line that starts a program, as text."""

import sys
from pathlib import Path

import pytest

from training.commands import command
from training.specs import Dpo, Reward, Sample, Sft, Spec

RUN = Path("/runs/7")


@pytest.mark.parametrize("spec", [Sft(gpus=0), Dpo(gpus=1), Sample(gpus=4)])
def test_one_process_is_plain_python(spec: Spec) -> None:
    assert command(spec, RUN) == [sys.executable, "-m", f"training.jobs.{spec.kind}", "/runs/7"]


@pytest.mark.parametrize("spec", [Reward(gpus=8, micro_batch_size=16), Reward(gpus=0, processes=8)])
def test_several_processes_are_started_by_torchrun_on_gpus_and_on_a_cpu(spec: Spec) -> None:
    line = " ".join(command(spec, RUN)[1:])
    assert line == "-m torch.distributed.run --standalone --nproc-per-node 8 -m training.jobs.reward /runs/7"


def test_deepspeed_on_one_gpu_has_torchrun_too() -> None:
    assert command(Dpo(gpus=1, sharding="zero2"), RUN)[3:6] == ["--standalone", "--nproc-per-node", "1"]
