"""The line that starts a program, as text."""

import json
import sys
from pathlib import Path

import pytest

from training.commands import DEEPSPEED, command
from training.specs import Dpo, Reward, Sample, Sft, Spec

RUN = Path("/runs/7")


@pytest.mark.parametrize("spec", [Sft(gpus=0), Dpo(gpus=1), Sample(gpus=4)])
def test_one_process_is_plain_python(spec: Spec) -> None:
    assert command(spec, RUN) == [sys.executable, "-m", f"training.jobs.{spec.kind}", "/runs/7"]


def test_several_gpus_are_launched_by_accelerate() -> None:
    line = " ".join(command(Reward(gpus=8, micro_batch_size=16), RUN)[1:])
    assert line == (
        "-m accelerate.commands.launch --num_machines 1 --num_processes 8 --main_process_port 0 "
        "--multi_gpu --mixed_precision bf16 -m training.jobs.reward /runs/7"
    )


@pytest.mark.parametrize("stage", ["zero2", "zero3"])
def test_deepspeed_is_given_its_configuration(stage: str) -> None:
    line = command(Dpo(gpus=4, deepspeed=stage), RUN)  # type: ignore[arg-type]
    at = line.index("--use_deepspeed")
    assert line[at : at + 3] == ["--use_deepspeed", "--deepspeed_config_file", str(DEEPSPEED / f"{stage}.json")]
    configuration = json.loads(Path(line[at + 2]).read_text())
    assert configuration["zero_optimization"]["stage"] == int(stage[-1])
    assert configuration["train_micro_batch_size_per_gpu"] == "auto"
