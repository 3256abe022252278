"""The command line that starts a run's program: plain Python, or torchrun with one process for each GPU."""

import sys
from pathlib import Path

from training.specs import Spec, Training

# The package whose modules are the programs, each named by its kind.
PROGRAMS = "training.jobs"


def command(spec: Spec, directory: Path) -> list[str]:
    """Argument list for a subprocess, to be run in the project's root."""
    return [sys.executable, *launcher(spec), "-m", f"{PROGRAMS}.{spec.kind}", str(directory)]


def launcher(spec: Spec) -> list[str]:
    """torchrun for a trainer of several processes, on GPUs and on a CPU alike; DeepSpeed wants it for one as well."""
    if not isinstance(spec, Training) or (spec.world == 1 and not spec.uses_deepspeed):
        return []
    return ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(spec.world)]
