"""A run's directory, written by the worker that is about to start its program."""

import os
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import Any

from django.conf import settings

from annotation.datasets import versions
from training import specs
from training.checkpoints import remote_code, shares
from training.models import Checkpoint, Run, RunCheckpoint, RunVersion
from training.rundir import RunDir, digest_of
from training.runs.kinds import KINDS, Queue
from training.specs import DataFile
from training.worker import packages
from training.worker.presence import machine

# Which list of requirements/ has a package, where that is not named for it.
EXTRAS = dict.fromkeys(("vllm", "deepspeed", "bitsandbytes", "liger_kernel", "tensorboard"), "gpu")
# What no list has, as it is compiled for a machine or wants much: what pip is told.
BY_HAND = {
    "flash_attn": "flash-attn --no-build-isolation",
    "flash_attn_interface": "flash-attn-3 --no-build-isolation",
    "trackio": "trackio",
}


class PreparationFailed(Exception):
    """This worker cannot start the run's program; says why, and what would help."""


def prepare(run: Run) -> RunDir:
    """Data and spec. Again after an interruption it keeps the files that are whole.

    Raises PreparationFailed.
    """
    refuse_missing_parts(run)
    directory = RunDir(run.directory)
    (directory.path / "data").mkdir(parents=True, exist_ok=True)
    data = {row.name: frozen(row, directory) for row in inputs(run)}
    data |= {name: left_by(made, directory) for name, made in run.spec["outputs"].items()}
    loaded = {"base": run.checkpoint, "reference": run.reference}
    checkpoints = {name: found for name, found in loaded.items() if found}
    further = list(run.run_checkpoints.select_related("checkpoint"))
    plumbing: dict[str, Any] = {
        **{name: weights_of(found, run, directory, name) for name, found in checkpoints.items()},
        **further_weights(further, run, directory),
        "data": {name: {"path": f.path, "sha256": f.sha256} for name, f in data.items()},
        "trust_remote_code": remote_code.may_run(*checkpoints.values(), *(row.checkpoint for row in further)),
        "versions": begun_with(run),
    }
    if run.kind == Run.Kind.SAMPLE and further:
        plumbing["sources"] = [str(run.checkpoint), *(row.checkpoint.name for row in further)]
    if run.kind == Run.Kind.LM_EVAL:
        plumbing["tasks_dir"] = settings.LM_EVAL_TASKS
    fields = run.spec["settings"] | {name: value for name, value in plumbing.items() if value}
    return RunDir.create(run.directory, specs.parse(run.kind, fields))


def refuse_missing_parts(run: Run) -> None:
    here = machine()
    if here["missing"] and KINDS[run.kind].queue == "gpu":
        raise PreparationFailed(
            f"This worker lacks {', '.join(here['missing'])}. Install the training extra: make run EXTRAS=train"
        )
    for name in needs(run):
        if find_spec(name) is None:
            raise PreparationFailed(f"This worker lacks {name}. {remedy(name)}")
    if run.spec["settings"].get("compile") and not any(map(which, ("g++", "c++", "clang++"))):
        raise PreparationFailed("This worker has no C++ compiler, and compile needs one. Install it: apt install g++")


def remedy(package: str) -> str:
    if package in BY_HAND:
        return f"Install it: .venv/bin/pip install {BY_HAND[package]}"
    return f'Install its extra: make run EXTRAS="train {EXTRAS.get(package, package)}"'


def needs(run: Run) -> Iterator[str]:
    """The packages of an extra, without which its program would end after it had begun."""
    yield from KINDS[run.kind].needs
    yield from packages.needed(run.spec["settings"])


def inputs(run: Run) -> list[RunVersion]:
    return list(run.run_versions.filter(role=RunVersion.Role.INPUT).select_related("version"))


def frozen(row: RunVersion, directory: RunDir) -> DataFile:
    """`data/NAME.jsonl`, which is whole where it is there at all."""
    path = directory.path / "data" / f"{row.name}.jsonl"
    digest = digest_of(path) if path.exists() else versions.write(row.version, path)
    return DataFile(path=f"data/{row.name}.jsonl", sha256=digest)


def left_by(made: dict[str, Any], directory: RunDir) -> DataFile:
    maker = Run.objects.get(pk=made["run"])
    path = maker.directory / "output" / made["file"]
    if not path.is_file():
        raise PreparationFailed(f"{maker} left no {made['file']}. Make it anew, or copy {path} back.")
    return directory.data_file(path)


def begun_with(run: Run) -> dict[str, str]:
    """The versions of the packages with which it first started; recorded now, if it starts for the first time.

    Raises PreparationFailed where those that are here do not go together.
    """
    kind = KINDS[run.kind]
    if kind.queue != Queue.GPU:
        return {}
    found = packages.used(run.spec["settings"], kind.has_curves)
    if wrong := "; ".join(conflict.says for conflict in packages.conflicts(found)):
        raise PreparationFailed(f"The packages of this worker do not go together: {wrong}. Run make install again.")
    if "versions" not in run.spec:
        run.spec["versions"] = found
        Run.objects.filter(pk=run.pk).update(spec=run.spec)
    recorded: dict[str, str] = run.spec["versions"]
    return recorded


def further_weights(rows: Iterable[RunCheckpoint], run: Run, directory: RunDir) -> dict[str, list[str]]:
    """The folders of the checkpoints that it loads besides, in their order, by role."""
    found: dict[str, list[str]] = {}
    for row in rows:
        path = weights_of(row.checkpoint, run, directory, f"{row.role}_{row.place}")
        found.setdefault(row.role, []).append(path)
    return found


def weights_of(checkpoint: Checkpoint, run: Run, directory: RunDir, name: str) -> str:
    """Relative where the checkpoint lies among the runs, so that the whole folder can be moved.

    What another project shares is reached by a link: programs print where they load from, into a log that this project
    reads.
    """
    if not shares.is_usable(checkpoint):
        raise PreparationFailed(shares.gone(checkpoint))
    path = Path(checkpoint.path)
    found = str(path) if path.is_absolute() else os.path.relpath(checkpoint.folder, run.directory)
    if not checkpoint.shared_by:
        return found
    if not checkpoint.folder.is_dir():
        raise PreparationFailed(shares.weightless(checkpoint))
    return directory.link(name, found)
