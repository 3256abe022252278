"""The GPUs of this machine: which there are, which runs may have, and who works. Standard library only.

A GPU that is cut into slices (MIG) is not there itself: each of its slices is.
"""

import fcntl
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

ASKED = ("index", "uuid", "name", "memory.total", "mig.mode.current")
# Lines of `nvidia-smi -L`: `  MIG 3g.20gb     Device  0: (UUID: MIG-…)` below that of its GPU.
OF_GPU = re.compile(r"GPU (\d+): ")
OF_SLICE = re.compile(r"\s+MIG (\S*?(\d+)gb\S*)\s+Device\s+\d+: \(UUID: (MIG-\S+)\)")


@dataclass(frozen=True)
class Gpu:
    """A GPU as its driver names it. `index` is its place on the bus, by which CUDA is told of it; that of a slice is
    its GPU's, so CUDA is told of it by its UUID. Of a slice's memory the name of its profile tells.
    """

    index: int
    uuid: str
    name: str
    memory_mib: int

    @property
    def is_slice(self) -> bool:
        return self.uuid.startswith("MIG-")

    @property
    def visible_as(self) -> str:
        """In CUDA_VISIBLE_DEVICES. By places: not every library takes UUIDs."""
        return self.uuid if self.is_slice else str(self.index)


@dataclass(frozen=True)
class Usage:
    """What a GPU does at the moment: share of time at work in per cent, and memory in use."""

    utilization: int | None
    used_mib: int | None


@cache
def installed() -> tuple[Gpu, ...]:
    """What the driver of NVIDIA says, asked once; none where there is no driver."""
    rows = ask(f"--query-gpu={','.join(ASKED)}", "--format=csv,noheader,nounits")
    found = [(gpu_of(row), row[4] == "Enabled") for row in rows]
    slices = list(slices_of([gpu for gpu, is_cut in found if is_cut]))
    return (*(gpu for gpu, is_cut in found if not is_cut), *slices)


def usage() -> dict[str, Usage]:
    """By UUID; of slices the driver tells nothing."""
    rows = ask("--query-gpu=uuid,utilization.gpu,memory.used", "--format=csv,noheader,nounits")
    return {uuid: Usage(number(busy), number(used)) for uuid, busy, used in rows}


def ask(*words: str) -> list[list[str]]:
    """The cells of each line that `nvidia-smi` answers; none where it is not there or knows nothing."""
    return [[cell.strip() for cell in line.split(",")] for line in lines(*words)]


def lines(*words: str) -> list[str]:
    program = shutil.which("nvidia-smi")
    if program is None:
        return []
    answer = subprocess.run([program, *words], capture_output=True, text=True, timeout=60, check=False)
    return answer.stdout.splitlines() if answer.returncode == 0 else []


def gpu_of(row: Sequence[str]) -> Gpu:
    # A machine whose GPU shares the memory of its processor says that there is no figure.
    return Gpu(int(row[0]), row[1], row[2], number(row[3]) or 0)


def number(cell: str) -> int | None:
    return int(cell) if cell.isdecimal() else None


def slices_of(cut: Sequence[Gpu]) -> Iterator[Gpu]:
    """Those of GPUs that are cut."""
    by_index, gpu = {gpu.index: gpu for gpu in cut}, None
    for line in lines("-L") if cut else []:
        if head := OF_GPU.match(line):
            gpu = by_index.get(int(head[1]))
        elif gpu and (found := OF_SLICE.match(line)):
            yield Gpu(gpu.index, found[3], f"{gpu.name} MIG {found[1]}", int(found[2]) * 1024)


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
    by_place = word == str(gpu.index) and not gpu.is_slice
    return by_place or (word.startswith(("GPU-", "MIG-")) and gpu.uuid.startswith(word))


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
