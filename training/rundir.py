"""The run directory: what a program reads and leaves behind, and what the studio reads back.

    spec.json       what to do, written before the run is queued
    data/           frozen input, one JSON object a line
    base, reference links to the checkpoints that it starts from and compares with, where another project shares them
    metrics.jsonl   {"step": 10, "loss": 1.5, …}, appended and flushed
    progress.json   {"done", "total", "unit", "rate", "eta_seconds"}, replaced atomically
    samples.jsonl   {"step", "prompt_id", "prompt", "response", "reward", "finish_reason"}: answers as they change
    log.txt         everything the program printed, or its beginning and its end (program_log)
    checkpoints/    resumable state; the newest complete one wins
    output/         weights as safetensors, responses, scores, pairs
    result.json     written last: the one sign that the program ended on its own terms
    cancel          an empty file: please stop with a checkpoint

Writers are the programs, readers the studio; both only through here. Standard library and msgspec only.
"""

import hashlib
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from training import specs
from training.program_log import ProgramLog
from training.specs import DataFile, Spec, SpecError

INCOMPLETE = "checkpoint-is-incomplete.txt"
STATE = "trainer_state.json"

State = Literal["succeeded", "cancelled", "failed"]
# `step`, and a value for each metric that was logged there.
Logged = dict[str, float]
T = TypeVar("T")


class ProgramProgress(msgspec.Struct, frozen=True):
    done: int
    total: int
    unit: str = "steps"
    rate: float | None = None
    eta_seconds: float | None = None


class OutputFile(msgspec.Struct, frozen=True):
    sha256: str
    bytes: int


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended. `counts` are rows and responses, `figures` whatever it measured."""

    kind: str
    state: State
    error: str = ""
    counts: dict[str, int] = {}
    figures: dict[str, Any] = {}
    files: dict[str, OutputFile] = {}
    versions: dict[str, str] = {}
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    # Bytes that its first process held at most: of the machine (`host`), and of its GPU (`gpu`) if it used one.
    peak_memory: dict[str, int] = {}
    resumed_from: str = ""


@dataclass(frozen=True)
class RunDir:
    """One run directory at `path`."""

    path: Path

    @classmethod
    def create(cls, path: Path, spec: Spec) -> "RunDir":
        """Make the folder and write the spec, which is not changed after that."""
        path.mkdir(parents=True, exist_ok=True)
        (path / "data").mkdir(exist_ok=True)
        write_atomically(path / "spec.json", specs.to_json(spec))
        return cls(path)

    @property
    def spec(self) -> Spec:
        """Raises SpecError, FileNotFoundError."""
        try:
            fields = msgspec.json.decode((self.path / "spec.json").read_bytes())
        except msgspec.DecodeError as error:
            raise SpecError("spec.json", f"is no JSON: {error}") from error
        if not isinstance(fields, dict):
            raise SpecError("spec.json", "must hold one JSON object")
        return specs.parse(str(fields.pop("kind", "")), fields)

    @property
    def output(self) -> Path:
        return self.path / "output"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def samples(self) -> Path:
        return self.path / "samples.jsonl"

    @property
    def log(self) -> ProgramLog:
        return ProgramLog(self.path / "log.txt")

    @property
    def cancel_requested(self) -> bool:
        return (self.path / "cancel").exists()

    def resolve(self, path: str) -> Path:
        """Paths in a spec are absolute or relative to the run directory, so that a tree of runs can be moved."""
        return Path(os.path.normpath(self.path / path))

    # Input

    def link(self, name: str, target: str) -> str:
        """A link in the directory to a folder elsewhere, absolute or relative to the directory; gives its name."""
        path = self.path / name
        path.unlink(missing_ok=True)
        path.symlink_to(target)
        return name

    def data_file(self, path: Path) -> DataFile:
        """Refer to a file that lies elsewhere, such as another run's output."""
        return DataFile(path=os.path.relpath(path, self.path), sha256=digest_of(path))

    def read_data(self, file: DataFile) -> Iterator[dict[str, Any]]:
        """The file's records. Raises SpecError where the bytes are not those of the digest."""
        return read_records(self.unchanged(file))

    def unchanged(self, file: DataFile) -> Path:
        """Where the file is. Raises SpecError where its bytes are not those of the digest."""
        path = self.there(file)
        if digest_of(path) != file.sha256:
            raise SpecError("data", f"{path} was changed after the run was made; freeze a new version and run that")
        return path

    def count_data(self, file: DataFile) -> int:
        """How many records the file has, without reading one. Raises SpecError."""
        with self.there(file).open("rb") as lines:
            return sum(1 for _ in lines)

    def there(self, file: DataFile) -> Path:
        path = self.resolve(file.path)
        if not path.is_file():
            raise SpecError("data", f"{path} is not there; copy it back or make the run anew")
        return path

    # What the program tells

    def metrics(self) -> "MetricsWriter":
        return MetricsWriter(self.path / "metrics.jsonl")

    def report(self, progress: ProgramProgress) -> None:
        write_atomically(self.path / "progress.json", msgspec.json.encode(progress))

    def finish(self, result: Result) -> None:
        write_atomically(self.path / "result.json", msgspec.json.format(msgspec.json.encode(result), indent=2))

    # What the studio reads

    def read_metrics(self, offset: int = 0) -> tuple[list[Logged], int]:
        """The whole lines from byte `offset` on, and the offset to continue from. A line still being written waits."""
        path = self.path / "metrics.jsonl"
        if not path.exists():
            return [], offset
        with path.open("rb") as file:
            file.seek(offset)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        return [msgspec.json.decode(line, type=Logged) for line in whole.splitlines()], offset + len(whole)

    def read_progress(self) -> ProgramProgress | None:
        path = self.path / "progress.json"
        return msgspec.json.decode(path.read_bytes(), type=ProgramProgress) if path.exists() else None

    def read_result(self) -> Result | None:
        path = self.path / "result.json"
        return msgspec.json.decode(path.read_bytes(), type=Result) if path.exists() else None

    def newest_checkpoint(self) -> Path | None:
        """The newest checkpoint whose save was not cut."""
        found = [path for path in self.checkpoints.glob("checkpoint-*") if is_complete(path)]
        return max(found, key=lambda path: int(path.name.rpartition("-")[2]), default=None)


class MetricsWriter:
    """Appends logged steps, each flushed at once. A line that a crash cut is removed first.

    JSON has no word for infinity: a value that is not finite is left out.
    """

    def __init__(self, path: Path) -> None:
        drop_cut_line(path)
        self.file = path.open("ab")

    def append(self, step: int, values: dict[str, float]) -> None:
        finite = {name: value for name, value in values.items() if isfinite(value)}
        self.file.write(msgspec.json.encode({"step": step, **finite}) + b"\n")
        self.file.flush()


class ProgressWriter:
    """Writes progress at most every EVERY seconds, with the rate and the time left.

    The rate is that of the later half of what this start has done: the first steps load, compile and fill caches, and
    say little of the others.
    """

    EVERY = 1.0

    def __init__(self, run: RunDir, total: int, unit: str, done: int = 0) -> None:
        self.run, self.total, self.unit = run, total, unit
        self.began_with = done
        # When how much was done. A program that tells each second of a week keeps those of its later half.
        self.marks: deque[tuple[int, float]] = deque([(done, time.monotonic())])
        self.told_at = float("-inf")
        self.tell(done)

    def tell(self, done: int) -> None:
        now = time.monotonic()
        if now - self.told_at < self.EVERY and done < self.total:
            return
        self.told_at = now
        if done > self.marks[-1][0]:
            self.marks.append((done, now))
        rate = self.rate
        left = (self.total - done) / rate if rate else None
        self.run.report(ProgramProgress(done, self.total, self.unit, rate, left))

    @property
    def rate(self) -> float | None:
        """Units a second."""
        half = (self.began_with + self.marks[-1][0]) / 2
        while len(self.marks) > 2 and self.marks[1][0] <= half:
            self.marks.popleft()
        (first, began), (last, now) = self.marks[0], self.marks[-1]
        return (last - first) / (now - began) if last > first and now > began else None


def is_complete(checkpoint: Path) -> bool:
    state = checkpoint / STATE
    if (checkpoint / INCOMPLETE).exists() or not state.is_file():
        return False
    try:
        msgspec.json.decode(state.read_bytes())
    except msgspec.DecodeError:
        return False
    return checkpoint.name.rpartition("-")[2].isdigit()


def describe_outputs(folder: Path) -> dict[str, OutputFile]:
    """Every file below `folder`, by its path relative to it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): OutputFile(sha256=digest_of(path), bytes=path.stat().st_size)
        for path in files
    }


def read_records(path: Path) -> Iterator[dict[str, Any]]:
    return (record for _, record in located_records(path, dict[str, Any]))


def located_records(path: Path, kind: type[T]) -> Iterator[tuple[int, T]]:
    """Each line read as `kind`, with the byte at which it begins. Raises SpecError."""
    with path.open("rb") as file:
        place = 0
        for number, line in enumerate(file, 1):
            try:
                yield place, msgspec.json.decode(line, type=kind)
            except msgspec.DecodeError as error:
                raise SpecError(f"{path.name} line {number}", f"{error}; each line must be one JSON object") from error
            place += len(line)


def is_held_out(record: dict[str, Any]) -> bool:
    """Whether a record is there to measure on, and to be learnt by nobody. Some files name no split."""
    return record.get("split") == "test"


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(path: Path, content: bytes) -> None:
    """A reader sees the old file or the new one, also after the power fails."""
    part = path.with_name(f"{path.name}.part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def append_lines(path: Path, records: Sequence[Any]) -> None:
    """A JSON object a line, flushed at once. A line that a crash cut is removed first."""
    drop_cut_line(path)
    with path.open("ab") as file:
        file.writelines(msgspec.json.encode(record) + b"\n" for record in records)


def drop_cut_line(path: Path) -> None:
    """Shorten a file of lines to its last whole one."""
    if not path.exists():
        return
    with path.open("rb+") as file:
        content = file.read()
        file.truncate(content.rfind(b"\n") + 1)
