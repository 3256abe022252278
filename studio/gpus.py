"""The GPUs of this machine: which there are, which runs may have, and who works. Standard library only."""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

ASKED = ("index", "uuid", "name", "memory.total")


@dataclass(frozen=True)
class Gpu:
    """A GPU as its driver names it. `index` is its place on the bus, by which CUDA is told of it."""

    index: int
    uuid: str
    name: str
    memory_mib: int


@cache
def installed() -> tuple[Gpu, ...]:
    """What the driver of NVIDIA says, asked once; none where there is no driver."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return ()
    asked = [program, f"--query-gpu={','.join(ASKED)}", "--format=csv,noheader,nounits"]
    answer = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False)
    lines = answer.stdout.splitlines() if answer.returncode == 0 else []
    return tuple(map(gpu_of, lines))


def gpu_of(line: str) -> Gpu:
    index, uuid, name, memory = (cell.strip() for cell in line.split(","))
    # A machine whose GPU shares the memory of its processor says that there is no figure.
    return Gpu(int(index), uuid, name, int(memory) if memory.isdecimal() else 0)


def gpu_named(word: str) -> Gpu | None:
    """By its place or the beginning of its UUID. Raises LookupError where there is none of that name."""
    if not word:
        return None
    found = next((one for one in installed() if is_named(one, word)), None)
    if found is None:
        known = ", ".join(f"{one.index} ({one.uuid})" for one in installed()) or "none"
        raise LookupError(f"There is no GPU {word!r} here; nvidia-smi lists {known}.")
    return found


def for_runs() -> list[Gpu]:
    """Without those that an operator keeps from this worker (CUDA_VISIBLE_DEVICES)."""
    return list(visible(installed(), os.environ.get("CUDA_VISIBLE_DEVICES")))


def visible(found: Sequence[Gpu], named: str | None) -> Iterator[Gpu]:
    """As CUDA reads CUDA_VISIBLE_DEVICES: places or beginnings of UUIDs, up to the first that there is not."""
    if named is None:
        yield from found
        return
    for word in map(str.strip, named.split(",")):
        gpu = next((one for one in found if is_named(one, word)), None)
        if gpu is None:
            return
        yield gpu


def is_named(gpu: Gpu, word: str) -> bool:
    return word == str(gpu.index) or (word.startswith("GPU-") and gpu.uuid.startswith(word))


def take(folder: Path, uuid: str) -> IO[bytes] | None:
    """The gpu's lock, held as long as the file is open here or in a program that inherits it.

    None where somebody has it: a program of a run, also one whose worker died, or the model server.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = (folder / f"{uuid}.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return None
    return lock


def is_free(folder: Path, uuid: str) -> bool:
    lock = take(folder, uuid)
    if lock:
        lock.close()
    return lock is not None
