"""The frame around every program: read the spec, hear a wish to stop, and write the result last."""

import logging
import os
import random
import resource
import shutil
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Generic, TypeVar

from training.rundir import Result, RunDir, State, describe_outputs
from training.specs import DataFile, Spec, SpecError

log = logging.getLogger("training.jobs")

PACKAGES = ("torch", "transformers", "trl", "accelerate", "datasets", "peft", "deepspeed", "vllm", "tokenizers")
# In the environment of a process that shares the chunks of an output with others: which of them it is.
PART = "XWIN_STUDIO_PART"
CODES: dict[State, int] = {"succeeded": 0, "failed": 2, "cancelled": 3}

S = TypeVar("S", bound=Spec)


class JobStopped(Exception):
    """The program was asked to stop and has saved what it needs to go on."""


class JobFailed(Exception):
    """The work came to nothing; the message is for whoever asked for it."""


@dataclass
class StopRequest:
    """A wish to stop: the file `cancel` in the run directory, or SIGTERM."""

    run: RunDir
    signalled: bool = False

    def hear(self, number: int, frame: object) -> None:
        self.signalled = True

    @property
    def asked(self) -> bool:
        return self.signalled or self.run.cancel_requested

    def check(self) -> None:
        """Raises JobStopped. Call where everything done so far is safe on disk."""
        if self.asked:
            raise JobStopped


@dataclass
class Findings:
    """What a program counted and measured."""

    counts: Counter[str] = field(default_factory=Counter)
    figures: dict[str, Any] = field(default_factory=dict)
    resumed_from: str = ""
    # Of packages that other processes of it loaded.
    versions: dict[str, str] = field(default_factory=dict)


@dataclass
class Job(Generic[S]):
    """One run of one program."""

    run: RunDir
    spec: S
    stop: StopRequest
    found: Findings = field(default_factory=Findings)

    def records(self, name: str) -> Iterator[dict[str, Any]]:
        """The records of an input file. Raises SpecError."""
        return self.run.read_data(self.data(name))

    def data(self, name: str) -> DataFile:
        if name not in self.spec.data:
            raise SpecError("data", f"has no {name!r}; {self.spec.kind} needs {', '.join(self.spec.INPUTS) or name}")
        return self.spec.data[name]

    def number_of(self, name: str) -> int:
        """How many records an input file has. Raises SpecError."""
        return self.run.count_data(self.data(name))

    def path_of(self, name: str) -> Path:
        """Where an input file is, for who reads it here and there. Raises SpecError."""
        return self.run.unchanged(self.data(name))

    def checkpoint(self, field: str) -> Path:
        """The checkpoint directory that a field of the spec names. Raises SpecError."""
        return self.folder(field, str(getattr(self.spec, field)))

    def checkpoints(self, field: str) -> list[Path]:
        """Of a field that names several. Raises SpecError."""
        return [self.folder(field, named) for named in getattr(self.spec, field)]

    def folder(self, field: str, named: str) -> Path:
        found = self.run.resolve(named)
        if not named or not (found / "config.json").is_file():
            raise SpecError(field, f"{named!r} is no checkpoint; name a directory with config.json and safetensors")
        return found


def main(work: Callable[[Job[S]], None], kind: type[S]) -> None:
    """Run `work` on the directory named on the command line, and exit with a code of CODES."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    run = RunDir(Path(sys.argv[1]).resolve())
    stop = StopRequest(run)
    signal.signal(signal.SIGTERM, stop.hear)
    sys.exit(CODES[perform(work, kind, run, stop)])


def perform(work: Callable[[Job[S]], None], kind: type[S], run: RunDir, stop: StopRequest) -> State:
    """An unexpected error leaves no result: its traceback is in the log, and the exit code is Python's."""
    began = time.monotonic()
    if is_first():
        (run.path / "result.json").unlink(missing_ok=True)
    found = Findings()
    state, error = attempt(work, kind, run, stop, found)
    if is_first():
        run.finish(
            Result(
                kind=str(kind.__struct_config__.tag),
                state=state,
                error=error,
                counts=dict(found.counts),
                figures=found.figures,
                files=describe_outputs(run.output) if state == "succeeded" else {},
                versions=loaded_versions() | found.versions,
                seconds=time.monotonic() - began,
                # Those of its own processes too, as far as they have ended.
                cpu_seconds=sum(os.times()[:4]),
                peak_memory=peak_memory(),
                resumed_from=found.resumed_from,
            )
        )
    if state == "succeeded" and is_first():
        shutil.rmtree(run.checkpoints, ignore_errors=True)
    return state


def loaded_versions() -> dict[str, str]:
    """Of the packages that this process has loaded."""
    return {name: version(name) for name in PACKAGES if name in sys.modules}


def peak_memory() -> dict[str, int]:
    """Bytes at most, of this process: in the machine's memory, and in its GPU's where it used one."""
    found = {"host": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        found["gpu"] = torch.cuda.max_memory_reserved()
    return found


def attempt(
    work: Callable[[Job[S]], None], kind: type[S], run: RunDir, stop: StopRequest, found: Findings
) -> tuple[State, str]:
    try:
        job = Job(run, expected(run, kind), stop, found)
        random.seed(job.spec.seed)
        if changed := other_versions(job.spec):
            log.warning("packages changed since the run began: %s", changed)
            found.figures["packages_changed"] = changed
        work(job)
    except JobStopped:
        log.info("stopped as asked; what was done is kept")
        return "cancelled", ""
    except (SpecError, JobFailed) as refusal:
        log.error("%s", refusal)
        return "failed", str(refusal)
    return "succeeded", ""


def expected(run: RunDir, kind: type[S]) -> S:
    spec = run.spec
    if not isinstance(spec, kind):
        raise SpecError("kind", f"this program does {kind.__struct_config__.tag}, and the spec says {spec.kind}")
    return spec


def other_versions(spec: Spec) -> str:
    """`torch 2.12.0 → 2.13.0`: packages that are not as they were when the run first started."""
    begun = {name: known for name, known in spec.versions.items() if name in PACKAGES}
    here = {name: version(name) if find_spec(name) else "none" for name in begun}
    return ", ".join(f"{name} {known} → {here[name]}" for name, known in begun.items() if here[name] != known)


def is_first() -> bool:
    """Of several processes of one program, only the first writes to the run directory."""
    return os.environ.get("RANK", "0") == "0" and PART not in os.environ
