"""The line that starts a program, as text."""

import sys
from pathlib import Path

import pytest

from training.commands import command
from training.specs import Dpo, Reward, Sample, Sft, Spec, SpecError

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


def test_several_machines_meet_where_the_run_or_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = Sft(gpus=8, nodes=2, rendezvous="[fd00::1]:4000")
    line = " ".join(command(spec, RUN, node_rank=1)[1:])
    assert line == (
        "-m torch.distributed.run --nnodes 2 --node-rank 1 --master-addr fd00::1 --master-port 4000"
        " --nproc-per-node 8 -m training.jobs.sft /runs/7"
    )
    monkeypatch.setenv("MASTER_ADDR", "first")
    assert command(Sft(gpus=0, nodes=2), RUN)[7:11] == ["--master-addr", "first", "--master-port", "29500"]


def test_machines_that_meet_nowhere_or_are_one_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(SpecError, match="rendezvous: 2 machines must meet somewhere; write HOST:PORT"):
        command(Sft(nodes=2), RUN)
    with pytest.raises(SpecError, match="nodes: the machines are numbered 0 to 1; there is no 2"):
        command(Sft(nodes=2, rendezvous="first:1"), RUN, node_rank=2)
