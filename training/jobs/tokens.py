"""The rows of a run as token ids: made once, by the first of its processes, and read from disk by all.

They lie among the resumable state: a run that goes on finds them there, and they go when it is erased.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from datasets import Dataset
from datasets.arrow_writer import ArrowWriter

from training.jobs.mixture import Mixture, Part
from training.jobs.processes import wait_until
from training.jobs.running import Job, is_first
from training.rundir import digest_of, write_atomically
from training.specs import SpecError

Record = dict[str, Any]
Row = dict[str, Any]
# Rows of records, in their order; some may be left out.
Encode = Callable[[Iterator[Record]], Iterable[Row]]


class Made(msgspec.Struct, frozen=True):
    """Written last, beside the rows: of which spec they are, and what became of the records."""

    spec: str = ""
    counts: dict[str, int] = {}
    mixture: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Rows:
    """What is learnt, and what is measured on: records of the split `test`, which no trainer learns."""

    train: Dataset
    held_out: Dataset | None


def rows(job: Job[Any], encode: Encode) -> Rows:
    """The records that the run learns from, encoded. Raises SpecError where none is left to learn from."""
    folder, spec = job.run.checkpoints / "tokens", digest_of(job.run.path / "spec.json")
    if is_first() and made(folder).spec != spec:
        make(job, encode, folder, spec)
    wait_until(lambda: made(folder).spec == spec, job)
    counts = job.found.counts
    counts.clear()
    counts.update(made(folder).counts)
    if mixture := made(folder).mixture:
        job.found.figures["mixture"] = msgspec.to_builtins(mixture)
    if not counts["rows"]:
        raise SpecError("data", f"leaves nothing to learn from: {dict(counts)}")
    if job.spec.eval_every and not counts["held_out"]:
        raise SpecError("eval_every", "the data holds no row of the split test; freeze a version with a test share")
    return Rows(read(folder, "train"), read(folder, "test") if counts["held_out"] else None)


def made(folder: Path) -> Made:
    """Empty where the rows are not there, or not whole."""
    path = folder / "made.json"
    return msgspec.json.decode(path.read_bytes(), type=Made) if path.is_file() else Made()


def make(job: Job[Any], encode: Encode, folder: Path, spec: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    counts, mixture = job.found.counts, Mixture(job)
    learnt, held_out = (
        write(folder / f"{split}.arrow", encode(records), f"{spec}-{split}")
        for split, records in (("train", mixture.learnt()), ("test", mixture.held_out()))
    )
    counts["rows"], counts["held_out"] = learnt, held_out
    write_atomically(folder / "made.json", msgspec.json.encode(Made(spec, dict(counts), tuple(mixture.parts))))


def write(path: Path, found: Iterable[Row], fingerprint: str) -> int:
    """How many rows. What is computed from them is known by the fingerprint, in every process and at every start."""
    count = 0
    with ArrowWriter(path=str(path), fingerprint=fingerprint) as writer:
        for row in found:
            writer.write(row)
            count += 1
        if count:
            writer.finalize()
    return count


def read(folder: Path, split: str) -> Dataset:
    return Dataset.from_file(str(folder / f"{split}.arrow"))
