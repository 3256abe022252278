"""The command line that starts a run's program: plain Python, or torchrun with one process for each GPU.

A run of several machines is started on the first by its worker, and on each of the others by
`python -m training.commands RUNDIR --node-rank 1`, in the same folder.
"""

import os
import sys
from argparse import ArgumentParser
from pathlib import Path

from training.rundir import RunDir
from training.specs import Spec, SpecError, Training

# The package whose modules are the programs, each named by its kind.
PROGRAMS = "training.jobs"
# As torchrun and Slurm's scripts have it.
PORT = "29500"


def command(spec: Spec, directory: Path, node_rank: int = 0) -> list[str]:
    """Argument list for a subprocess, to be run in the project's root. Raises SpecError."""
    return [sys.executable, *launcher(spec, node_rank), "-m", f"{PROGRAMS}.{spec.kind}", str(directory)]


def launcher(spec: Spec, node_rank: int = 0) -> list[str]:
    """torchrun for a trainer of several processes, on GPUs and on a CPU alike; DeepSpeed wants it for one as well."""
    if not isinstance(spec, Training) or (spec.world == 1 and not spec.uses_deepspeed):
        return []
    return ["-m", "torch.distributed.run", *nodes(spec, node_rank), "--nproc-per-node", str(spec.world // spec.nodes)]


def nodes(spec: Training, node_rank: int) -> list[str]:
    """Where machines meet. Raises SpecError."""
    if spec.nodes == 1:
        return ["--standalone"]
    if not 0 <= node_rank < spec.nodes:
        raise SpecError("nodes", f"the machines are numbered 0 to {spec.nodes - 1}; there is no {node_rank}")
    address, port = meeting_point(spec)
    place = ["--master-addr", address, "--master-port", port]
    return ["--nnodes", str(spec.nodes), "--node-rank", str(node_rank), *place]


def meeting_point(spec: Training) -> tuple[str, str]:
    """Address and port of the first machine: the run's, or those of our environment. Raises SpecError."""
    if spec.rendezvous:
        address, _, port = spec.rendezvous.rpartition(":")
        return address.strip("[]"), port
    if address := os.environ.get("MASTER_ADDR", ""):
        return address, os.environ.get("MASTER_PORT", PORT)
    raise SpecError(
        "rendezvous",
        f"{spec.nodes} machines must meet somewhere; write HOST:PORT of the first, or set MASTER_ADDR for its worker",
    )


def join() -> None:
    """Becomes the launcher of this machine's part of a run that another machine has started."""
    parser = ArgumentParser(prog="training.commands", description="This machine's part of a run of several machines.")
    parser.add_argument("folder", type=Path, help="The run's folder, which all machines share under one path.")
    parser.add_argument("--node-rank", type=int, required=True, help="Which machine this is: 1 for the second.")
    asked = parser.parse_args()
    directory = asked.folder.resolve()
    try:
        words = command(RunDir(directory).spec, directory, asked.node_rank)
    except (SpecError, FileNotFoundError) as error:
        parser.error(str(error))
    os.execv(words[0], words)


if __name__ == "__main__":
    join()
