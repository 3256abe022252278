"""Output that is made in chunks, by one process or by several that share them.

Of several, the first starts the others and loads no model. Each of those works at the chunks that nobody has: it holds
the lock of one, which is free the moment it dies. What it made is a file of its own, whole and on disk, and the first
appends these in order. So the output is that of one process, to the byte, and a kill loses no more than the chunks in
flight.
"""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from training.jobs.appending import Appender, FileProgress
from training.jobs.conversations import batched
from training.jobs.running import PART, Job, JobFailed, JobStopped, loaded_versions, log
from training.rundir import ProgressWriter, RunDir, write_atomically
from training.specs import SpecError, Spread

Record = dict[str, Any]
# Rows of a chunk, and what is to be counted, from the name of its output, its inputs, the place of the first, and what
# was counted before.
Work = Callable[[str, Sequence[Record], int, Mapping[str, int]], tuple[Iterable[Record], Mapping[str, int]]]
# The name of the engine, and its work.
Load = Callable[[], tuple[str, Work]]

LOOK_SECONDS = 0.2
# What one of several says of its failure.
FAULT = "fault.txt"
END_SECONDS = 30.0


@dataclass(frozen=True)
class Output:
    """`output/NAME.jsonl`: what is made of `total` inputs, which `inputs` gives from the first on."""

    name: str
    total: int
    inputs: Callable[[], Iterator[Record]]


@dataclass(frozen=True)
class Plan:
    """What is to be made: outputs one after the other, each in chunks of `size` inputs, which are called `unit`."""

    outputs: Sequence[Output]
    size: int
    unit: str
    load: Load


class Made(msgspec.Struct, frozen=True):
    """What came of a chunk: the rows as they will stand in the output."""

    inputs: int
    rows: list[msgspec.Raw]
    counts: dict[str, int]
    engine: str
    versions: dict[str, str]


def make(job: Job[Any], plan: Plan) -> dict[str, Mapping[str, int]]:
    """What was counted of each output, once all are whole. Raises JobStopped, JobFailed, SpecError."""
    if PART in os.environ:
        return share(job, plan)
    return lead(job, plan) if job.spec.world > 1 else alone(job, plan)


class Progress:
    """The outputs as far as they are written, and what is told of them."""

    def __init__(self, job: Job[Any], plan: Plan) -> None:
        self.job, self.plan = job, plan
        self.appenders = {output.name: Appender(job.run, output.name) for output in plan.outputs}
        total = sum(output.total for output in plan.outputs)
        if self.done:
            job.found.resumed_from = f"{plan.unit.removesuffix('s')} {self.done}"
        self.ticker = ProgressWriter(job.run, total, plan.unit, self.done)

    @property
    def done(self) -> int:
        return sum(appender.mark.inputs for appender in self.appenders.values())

    @property
    def is_whole(self) -> bool:
        return all(self.appenders[output.name].mark.inputs >= output.total for output in self.plan.outputs)

    def append(self, name: str, rows: Iterable[Any], inputs: int, counts: Mapping[str, int]) -> None:
        self.appenders[name].append(rows, inputs, dict(counts))
        self.ticker.tell(self.done)

    def counts(self, engine: str) -> dict[str, Mapping[str, int]]:
        if engine:
            self.job.found.figures["engine"] = engine
        found: dict[str, Mapping[str, int]] = {name: appender.mark.counts for name, appender in self.appenders.items()}
        for name, counts in found.items():
            log.info("%s: %s", name, dict(counts))
        return found


def alone(job: Job[Any], plan: Plan) -> dict[str, Mapping[str, int]]:
    progress = Progress(job, plan)
    engine, work = plan.load()
    for output in plan.outputs:
        mark = progress.appenders[output.name].mark
        for chunk in batched(islice(output.inputs(), mark.inputs, None), plan.size):
            job.stop.check()
            rows, counts = work(output.name, chunk, mark.inputs, mark.counts)
            progress.append(output.name, rows, len(chunk), counts)
            mark = progress.appenders[output.name].mark
    return progress.counts(engine)


# Of several, the first


def lead(job: Job[Any], plan: Plan) -> dict[str, Mapping[str, int]]:
    chunks, progress = Chunks(job.run), Progress(job, plan)
    chunks.report("")
    engine, asked = join(chunks, progress), False
    parts = [] if progress.is_whole else [start(job.spec, place) for place in range(job.spec.world)]
    try:
        while not progress.is_whole and any(part.poll() is None for part in parts):
            time.sleep(LOOK_SECONDS)
            engine = join(chunks, progress) or engine
            if job.stop.asked and not asked:
                asked = True
                for part in parts:
                    part.terminate()
        engine = join(chunks, progress) or engine
    finally:
        end(parts)
    if not progress.is_whole:
        give_up(job, [part.returncode for part in parts])
    return progress.counts(engine)


def start(spec: Spread, place: int) -> "subprocess.Popen[bytes]":
    """This program again, as one that shares the chunks, with GPUs or cores of its own."""
    told = {PART: str(place)}
    if spec.gpus:
        seen = os.environ.get("CUDA_VISIBLE_DEVICES", ",".join(map(str, range(spec.gpus)))).split(",")
        each = spec.tensor_parallel
        told["CUDA_VISIBLE_DEVICES"] = ",".join(seen[place * each : (place + 1) * each])
    else:
        cores = int(os.environ.get("OMP_NUM_THREADS") or os.cpu_count() or 1)
        told["OMP_NUM_THREADS"] = str(max(1, cores // spec.world))
    return subprocess.Popen([sys.executable, *sys.orig_argv[1:]], env=os.environ | told)


def join(chunks: "Chunks", progress: Progress) -> str:
    """Append what is next in each output; the engine that made it, or nothing where nothing was."""
    engine = ""
    for output in progress.plan.outputs:
        while made := chunks.made(output.name, place := progress.appenders[output.name].mark.inputs):
            progress.append(output.name, made.rows, made.inputs, made.counts)
            chunks.forget(output.name, place)
            engine = made.engine
            progress.job.found.versions |= made.versions
    return engine


def end(parts: Sequence["subprocess.Popen[bytes]"]) -> None:
    """They end by themselves when nothing is left; one that hangs then is killed."""
    until = time.monotonic() + END_SECONDS
    for part in parts:
        try:
            part.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()


def give_up(job: Job[Any], codes: Sequence[int]) -> None:
    """Raises JobStopped, JobFailed; where a kill ended the last of them it is killed too, and so tried again."""
    if job.stop.asked:
        raise JobStopped
    if -signal.SIGKILL in codes:
        log.error("all of the %d processes ended before the work was done, some by SIGKILL", len(codes))
        os.kill(os.getpid(), signal.SIGKILL)
    raise JobFailed(Chunks(job.run).fault() or f"All of the {len(codes)} processes ended: codes {list(codes)}.")


# Of several, the others


def share(job: Job[Any], plan: Plan) -> dict[str, Mapping[str, int]]:
    """Until every chunk is made, by whomever: who dies leaves its own to those that still look."""
    try:
        work_through(job, plan, *plan.load())
    except (SpecError, JobFailed) as refusal:
        Chunks(job.run).report(str(refusal))
        raise
    return {}


def work_through(job: Job[Any], plan: Plan, engine: str, work: Work) -> None:
    chunks = Chunks(job.run)
    counted: dict[str, Counter[str]] = {output.name: Counter() for output in plan.outputs}
    while left := chunks.left(plan):
        if any(chunks.is_free(name, first) for name, first in left):
            for name, first, inputs in numbered(plan):
                with chunks.held(name, first) as mine:
                    job.stop.check()
                    if mine and not chunks.is_made(name, first):
                        rows, counts = work(name, inputs, first, counted[name])
                        counted[name].update(counts)
                        raw = [msgspec.Raw(msgspec.json.encode(row)) for row in rows]
                        chunks.keep(name, first, Made(len(inputs), raw, dict(counts), engine, loaded_versions()))
        job.stop.check()
        time.sleep(LOOK_SECONDS)


def numbered(plan: Plan) -> Iterator[tuple[str, int, list[Record]]]:
    """Every chunk with the name of its output and the place of its first input."""
    for output in plan.outputs:
        first = 0
        for inputs in batched(output.inputs(), plan.size):
            yield output.name, first, inputs
            first += len(inputs)


@dataclass(frozen=True)
class Chunks:
    """The chunks of a run directory: who works at one, and what came of it."""

    run: RunDir

    @property
    def folder(self) -> Path:
        return self.run.checkpoints / "chunks"

    def path(self, name: str, first: int) -> Path:
        return self.folder / f"{name}-{first}.json"

    @contextmanager
    def held(self, name: str, first: int) -> Iterator[bool]:
        """Whether it is ours within the block."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path(name, first).with_suffix(".lock").open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True

    def is_free(self, name: str, first: int) -> bool:
        with self.held(name, first) as mine:
            return mine

    def keep(self, name: str, first: int, made: Made) -> None:
        write_atomically(self.path(name, first), msgspec.json.encode(made))

    def made(self, name: str, first: int) -> Made | None:
        path = self.path(name, first)
        return msgspec.json.decode(path.read_bytes(), type=Made) if path.exists() else None

    def forget(self, name: str, first: int) -> None:
        self.path(name, first).unlink()

    def is_made(self, name: str, first: int) -> bool:
        """Its file is there, or is in the output already: it goes only when the mark behind it is set."""
        return self.path(name, first).exists() or first < self.mark(name)

    def mark(self, name: str) -> int:
        """Inputs whose rows are in the output."""
        path = self.run.checkpoints / f"{name}.mark.json"
        return msgspec.json.decode(path.read_bytes(), type=FileProgress).inputs if path.exists() else 0

    def left(self, plan: Plan) -> list[tuple[str, int]]:
        every = ((output.name, first) for output in plan.outputs for first in range(0, output.total, plan.size))
        return [(name, first) for name, first in every if not self.is_made(name, first)]

    def report(self, fault: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_atomically(self.folder / FAULT, fault.encode())

    def fault(self) -> str:
        return (self.folder / FAULT).read_text()
