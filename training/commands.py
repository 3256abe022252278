"""The command line that starts a run's program: plain Python, or accelerate with one process for each GPU."""

import sys
from pathlib import Path

from training.specs import Spec, Training

# The package whose modules are the programs, each named by its kind.
PROGRAMS = "training.jobs"
DEEPSPEED = Path(__file__).parent / "jobs" / "deepspeed"


def command(spec: Spec, directory: Path) -> list[str]:
    """Argument list for a subprocess, to be run in the project's root."""
    return [sys.executable, *launcher(spec), "-m", f"{PROGRAMS}.{spec.kind}", str(directory)]


def launcher(spec: Spec) -> list[str]:
    """Sampling and scoring spread over GPUs by child runs; only trainers are several processes of one program.

    `accelerate launch` would start one silent process on a CPU, so it is asked for GPUs only.
    """
    if not isinstance(spec, Training) or (spec.gpus <= 1 and spec.deepspeed == "none"):
        return []
    options = ["--num_machines", "1", "--num_processes", str(spec.gpus), "--main_process_port", "0"]
    return ["-m", "accelerate.commands.launch", *options, *sharding(spec)]


def sharding(spec: Training) -> list[str]:
    if spec.deepspeed == "none":
        return ["--multi_gpu", "--mixed_precision", "bf16" if spec.precision == "bf16" else "no"]
    return ["--use_deepspeed", "--deepspeed_config_file", str(DEEPSPEED / f"{spec.deepspeed}.json")]
