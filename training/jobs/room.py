"""Room on the disk for a checkpoint, looked at before it is written: one that is cut helps nobody to go on."""

import shutil
from collections.abc import Iterable
from math import prod
from pathlib import Path
from typing import Any

from training.jobs.running import JobFailed

# Adam's two moments and what DeepSpeed keeps of the weights beside them, in fp32.
STATE_BYTES = 12


def must_have_room(checkpoints: Path, parameters: Iterable[Any]) -> None:
    """Raises JobFailed where the disk has less room than the newest checkpoint took, or the first is estimated to."""
    needed = size_of_newest(checkpoints) or estimated(parameters)
    free = shutil.disk_usage(checkpoints if checkpoints.is_dir() else checkpoints.parent).free
    if free < needed:
        raise JobFailed(
            f"The disk of the runs has {gigabytes(free)} left, and the next checkpoint needs {gigabytes(needed)}: the"
            " training stopped before it, with the one before intact. Free some room, or save the weights of fewer"
            " steps (a larger save_every), then resume the run."
        )


def size_of_newest(checkpoints: Path) -> int:
    """In bytes; 0 where there is none yet."""
    found = sorted(checkpoints.glob("checkpoint-*"), key=lambda path: path.stat().st_mtime)
    return sum(file.stat().st_size for file in found[-1].rglob("*") if file.is_file()) if found else 0


def estimated(parameters: Iterable[Any]) -> int:
    """Bytes of weights that are trained, with the state of their optimiser."""
    return sum(numbers_in(one) * (one.element_size() + STATE_BYTES) for one in parameters if one.requires_grad)


def numbers_in(parameter: Any) -> int:
    """Of one that ZeRO-3 shared out, in all processes together."""
    return int(prod(getattr(parameter, "ds_shape", parameter.shape)))


def gigabytes(size: int) -> str:
    return f"{size / 1e9:,.2g} GB"
