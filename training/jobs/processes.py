"""The several processes of one trainer, as torchrun started them: on GPUs or on a CPU, sharded by DeepSpeed or not.

Models are to be loaded after `arrange` and after the trainer's arguments are made: only then does `from_pretrained`
know that it has to shard them.
"""

import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from training.jobs.checkpoints import in_all_bits
from training.jobs.deepspeed_config import configuration
from training.jobs.fsdp import fsdp
from training.jobs.running import Job
from training.specs import Training

LOOK_SECONDS = 0.2
# Of <malloc.h>.
M_MMAP_THRESHOLD = -3


def arrange(spec: Training, folder: Path) -> dict[str, Any]:
    """Where to train, as keyword arguments for any of TRL's configurations.

    accelerate reads DeepSpeed's configuration from the environment, and the file from the run's folder. It knows no
    DeepSpeed on what it calls a CPU run, but takes a CPU for its device where it sees no other.
    """
    sharded = spec.uses_deepspeed
    os.environ["ACCELERATE_USE_DEEPSPEED"] = str(sharded).lower()
    if sharded:
        return_freed_memory()
        os.environ["ACCELERATE_DEEPSPEED_CONFIG_FILE"] = str(configured(spec, folder))
        os.environ["ACCELERATE_DEEPSPEED_ZERO3_INIT"] = str(spec.sharding == "zero3").lower()
    if spec.gpus:
        return {"use_cpu": False, **fsdp(spec)}
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    return {"use_cpu": not sharded, "ddp_backend": "gloo" if spec.world > 1 else None, **fsdp(spec)}


def configured(spec: Training, folder: Path) -> Path:
    """The file of DeepSpeed's configuration. Every process writes the same, so none waits for another."""
    path = folder / "deepspeed.json"
    part = path.with_suffix(f".{os.environ.get('RANK', '0')}.part")
    part.write_bytes(msgspec.json.format(msgspec.json.encode(configuration(spec))))
    part.replace(path)
    return path


def return_freed_memory() -> None:
    """Have glibc map each larger block by itself: weights are held whole one after the other, and then in shards.

    Kept for later use, as it does by itself, they made a process as large as if it held the whole model.
    """
    if hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 2**18)


def wait_until(done: Callable[[], bool], job: Job[Any]) -> None:
    """Until the first process has done something; torchrun ends the others where it fails. Raises JobStopped."""
    while not done():
        job.stop.check()
        time.sleep(LOOK_SECONDS)


def load_alone(load: Callable[[], Any]) -> Any:
    """What `load` gives to this process whole and in all its bits, also where the trainer's models are shared out by
    ZeRO-3 or quantised."""
    from transformers.integrations import unset_hf_deepspeed_config

    unset_hf_deepspeed_config()
    with in_all_bits():
        return load()
