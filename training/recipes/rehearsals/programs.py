"""The program of one stage in a folder of its own: nothing of what it makes is registered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings as conf

from training import specs
from training.checkpoints import remote_code, shares
from training.commands import command
from training.models import Checkpoint, Run
from training.recipes.rehearsals import rows
from training.recipes.rehearsals.smaller import rows_wanted, smaller
from training.rundir import RunDir, read_records
from training.runs import launching
from training.runs.failures import Killed, RunFailed
from training.runs.kinds import KINDS
from training.runs.names import RunOutput
from training.specs import SpecError
from training.worker import packages, preparation
from training.worker.environment import environment
from training.worker.execution import conclude
from training.worker.preparation import PreparationFailed
from training.worker.program import Asker, Program, follow

GIB = 2**30


class Trapped(Exception):
    """What a rehearsal was for: the recipe would have failed here. Says why."""


@dataclass(frozen=True)
class Machine:
    """Where programs run: the GPUs of the rehearsal's run with their locks, and who says whether to go on."""

    uuids: Sequence[str]
    locks: Sequence[IO[bytes]]
    asker: Asker


@dataclass(frozen=True)
class Asked:
    """One stage: its settings, checkpoints by field (`base`, `reference`), those by role that it loads besides, and
    input files by role."""

    name: str
    kind: str
    settings: Mapping[str, Any]
    checkpoints: Mapping[str, Checkpoint]
    loads: Mapping[str, Sequence[Checkpoint]]
    inputs: Mapping[str, Path]
    steps: int
    whole_batches: bool = False

    @property
    def all_checkpoints(self) -> list[Checkpoint]:
        return [*self.checkpoints.values(), *(one for ones in self.loads.values() for one in ones)]


def perform(asked: Asked, folder: Path, machine: Machine) -> dict[str, Any]:
    """Run it to its end; what it took and measured. Raises Trapped, RunStopped."""
    try:
        directory = prepare(asked, folder)
        used = machine.uuids[: directory.spec.gpus]
        program = Program(
            command(directory.spec, folder), folder, environment(folder, used), machine.locks[: len(used)]
        )
        conclude(follow(machine.asker, program, directory.log.cut), directory.read_result(), directory.spec)
    except (RunFailed, Killed, PreparationFailed, SpecError) as trap:
        raise Trapped(str(trap)) from trap
    return measured(directory)


def prepare(asked: Asked, folder: Path) -> RunDir:
    """Raises Trapped, PreparationFailed, SpecError."""
    read = smaller(asked.kind, checked(asked), asked.steps, asked.whole_batches)
    preparation.refuse_missing_parts(Run(kind=asked.kind, spec={"settings": read, "outputs": {}}))
    found = packages.used(read, KINDS[asked.kind].has_curves)
    if wrong := "; ".join(conflict.says for conflict in packages.conflicts(found)):
        raise Trapped(f"The packages of this worker do not go together: {wrong}. Run make install again.")
    directory = RunDir(folder)
    (folder / "data").mkdir(parents=True)
    for role, path in asked.inputs.items():
        if not path.is_file():
            raise Trapped(f"There is no {path.name} for {role}: the stage before left none.")
        rows.write(folder / "data" / f"{role}.jsonl", read_records(path), rows_wanted(asked.kind, read))
    data = {role: directory.data_file(folder / "data" / f"{role}.jsonl") for role in asked.inputs}
    plumbing: dict[str, Any] = {
        **{name: weights(found, directory, name) for name, found in asked.checkpoints.items()},
        **{
            role: [weights(one, directory, f"{role}_{place}") for place, one in enumerate(ones)]
            for role, ones in asked.loads.items()
        },
        "data": {role: {"path": file.path, "sha256": file.sha256} for role, file in data.items()},
        "trust_remote_code": remote_code.may_run(*asked.all_checkpoints),
    }
    if asked.kind == Run.Kind.LM_EVAL:
        plumbing["tasks_dir"] = conf.LM_EVAL_TASKS
    fields = read | {name: value for name, value in plumbing.items() if value}
    return RunDir.create(folder, specs.parse(asked.kind, fields))


def checked(asked: Asked) -> dict[str, Any]:
    """All settings, as its launch would check them. Raises Trapped."""
    files = {role: RunOutput(0, path.name) for role, path in asked.inputs.items()}
    read, errors = launching.checked(asked.kind, asked.settings, asked.checkpoints.get("base"), files)
    if errors:
        raise Trapped(" ".join(f"{name}: {problem}" for name, problem in errors.items()))
    return read


def weights(checkpoint: Checkpoint, directory: RunDir, name: str) -> str:
    """Raises Trapped."""
    if checkpoint.pk and not shares.is_usable(checkpoint):
        raise Trapped(shares.gone(checkpoint))
    if not checkpoint.folder.is_dir():
        raise Trapped(f"The weights of {checkpoint} are not on this machine.")
    return directory.link(name, str(checkpoint.folder.resolve()))


def made(asked: Asked, folder: Path, run: Run) -> Checkpoint | None:
    """What the next stages start from; a row of no table."""
    kind = KINDS[asked.kind].makes
    if kind is None:
        return None
    base = asked.checkpoints.get("base")
    chosen = str(checked(asked).get("template", "own"))
    return Checkpoint(
        name=asked.name,
        kind=kind,
        run_id=run.pk,
        path=str(folder / "output"),
        template=base.template if chosen == "own" and base else chosen,
        code_allowed=remote_code.inherited(base, folder / "output"),
    )


def measured(directory: RunDir) -> dict[str, Any]:
    """Of its result: seconds, also of processors, peak memory in bytes, and of a training its steps and their pace."""
    result, progress = directory.read_result(), directory.read_progress()
    assert result is not None
    logged = [line["gpu_memory_gib"] for line in directory.read_metrics()[0] if "gpu_memory_gib" in line]
    peak = dict(result.peak_memory)
    if logged:
        peak["gpu"] = max(peak.get("gpu", 0), round(max(logged) * GIB))
    steps = result.counts.get("steps")
    each = 1 / progress.rate if steps and progress and progress.rate else None
    took = {"seconds": result.seconds, "cpu_seconds": result.cpu_seconds}
    return took | {"peak_memory": peak, "steps": steps, "seconds_a_step": each}
