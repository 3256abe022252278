"""What the studio adds to a run: one tiny finetuning through queue, worker and database, and by hand, in turn.

Two runs of one program by hand differ by more than the studio adds. So what it adds is counted at its own end, too:
the time of a run outside its program, and the processor time that the studio takes meanwhile, as if no core were idle.
"""

import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from os import sysconf
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from studio.embedded.programs import GIVE_WAY
from studio.embedded.steps import ROOT
from tests.bench.figures import Figure, Found, Skipped
from tests.bench.memory import children, family
from tests.bench.studio import Studio, StudioFailed, wait_until

if TYPE_CHECKING:
    from annotation.models import Version
    from training.models import Checkpoint, Run

# The range of so many pairs holds the true median seven times in eight.
ROUNDS = 4
IDLE_SECONDS = 15.0
EXAMPLES = 2_000
TINY = {"width": 64, "layers": 2, "heads": 4, "vocabulary": 400}
TRAINING = {
    "batch_size": 32,
    "micro_batch_size": 32,
    "epochs": 8.0,
    "threads": 1,
    "max_length": 128,
    "template": "own",
}
PATIENCE_SECONDS = 1800.0


def measure(studio: Studio) -> Iterator[Found]:
    if find_spec("trl") is None:
        yield Skipped("what the studio adds to a run", "the training extra is not installed: make install")
        return
    corpus = demonstrations()
    base = launched("create", TINY, corpus, "corpus").made_checkpoint
    wait_until(studio.is_well, "a worker did not come up")
    through, alone, rests, run = list[Through](), list[Alone](), list[float](), None
    for number in range(ROUNDS):
        # In turn, so that what slows the machine down for a while slows down both.
        if run and number % 2:
            alone.append(by_hand(run, number))
        rests.append(idle_share(studio))
        taken, run = through_the_studio(studio, corpus, base)
        through.append(taken)
        if len(alone) <= number:
            alone.append(by_hand(run, number))
    # A studio that has just started still settles: the quietest of its rests is its rest.
    yield from figures(through, alone, min(rests))


class Alone(NamedTuple):
    """Seconds of a program by hand, and those of them after its result was written."""

    seconds: float
    ending: float


class Through(NamedTuple):
    """Seconds from launch to the row that says succeeded; those outside the program; the studio's processor time.

    `watched` is how long that processor time was counted.
    """

    seconds: float
    outside: float
    processor: float
    watched: float


def figures(through: list[Through], alone: list[Alone], at_rest: float) -> Iterator[Figure]:
    ending, by_hand_alone = median(one.ending for one in alone), median(one.seconds for one in alone)
    outside = median(one.outside for one in through) - ending
    processor = median(one.processor - at_rest * one.watched for one in through)
    detail = (
        f"{outside:.2f} s outside the program and {processor:.2f} s of processor time; by hand {by_hand_alone:.1f} s"
    )
    yield Figure("what the studio adds to a run", 100 * (outside + processor) / by_hand_alone, "%", 1, detail=detail)
    shares = sorted(100 * (one.seconds / other.seconds - 1) for one, other in zip(through, alone, strict=True))
    apart = "told apart" if shares[0] > 0 or shares[-1] < 0 else "not told apart"
    seconds = f"through {listed(one.seconds for one in through)} s; by hand {listed(one.seconds for one in alone)} s"
    detail = f"{apart}: from {shares[0]:+.1f} to {shares[-1]:+.1f} %; {seconds}"
    yield Figure("a run through the studio beside the same program by hand", median(shares), "% more", detail=detail)


def listed(seconds: Iterable[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in seconds)


def idle_share(studio: Studio) -> float:
    """Processor time per second of a studio in which nothing happens."""
    before = processor_time(studio.pid)
    time.sleep(IDLE_SECONDS)
    return (processor_time(studio.pid) - before) / IDLE_SECONDS


def processor_time(supervisor: int) -> float:
    """Seconds of all processes of the studio that live, and of the sessions that PostgreSQL has ended."""
    ended = sum(sum(ticks(pid)[2:]) for pid in children(supervisor) if is_postgres(pid))
    return (ended + sum(sum(ticks(pid)[:2]) for pid in family(supervisor))) / sysconf("SC_CLK_TCK")


def ticks(pid: int) -> list[int]:
    """Of the process in its own code and in the kernel, then of its ended children, likewise."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [int(field) for field in fields[11:15]]


def is_postgres(pid: int) -> bool:
    return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0]


def demonstrations() -> "Version":
    import random

    from annotation.datasets import versions
    from annotation.demo import writing
    from annotation.models import Prompt

    prompts = Prompt.objects.filter(collection__slug="toy-train").order_by("pk")[:EXAMPLES]
    chance = random.Random(7)
    rows: list[dict[str, Any]] = [
        {"prompt_id": one.pk, "prompt": one.messages, "response": writing.demonstrate(one.text, chance)}
        for one in prompts
    ]
    return versions.freeze_rows("bench-corpus", "demonstrations", rows, {})


def through_the_studio(studio: Studio, corpus: "Version", base: "Checkpoint") -> tuple[Through, "Run"]:
    before, began = processor_time(studio.pid), time.monotonic()
    run = launched("sft", TRAINING, corpus, "train", base)
    processor, watched = processor_time(studio.pid) - before, time.monotonic() - began
    assert run.queued_at and run.ended_at
    queued, ended = run.queued_at.timestamp(), run.ended_at.timestamp()
    # Its worker writes the lock when the program has begun, and the program its result last.
    inside = (run.directory / "result.json").stat().st_mtime - (run.directory / "lock").stat().st_mtime
    return Through(ended - queued, ended - queued - inside, processor, watched), run


def launched(
    kind: str, settings: dict[str, Any], corpus: "Version", name: str, base: "Checkpoint | None" = None
) -> "Run":
    """A run that succeeded. Raises StudioFailed."""
    from training.models import Run
    from training.runs import launching

    run = launching.launch(kind, settings, checkpoint=base, inputs={name: corpus})
    latest = time.monotonic() + PATIENCE_SECONDS
    while run.state in Run.OPEN and time.monotonic() < latest:
        time.sleep(1)
        run.refresh_from_db()
    if run.state != Run.State.SUCCEEDED:
        raise StudioFailed(f"{run} is {run.state}: {run.error}")
    return run


def by_hand(run: "Run", number: int) -> Alone:
    """The same program on a copy of the run's spec and data, as far down the queue as a worker's."""
    from training.commands import command
    from training.rundir import RunDir
    from training.worker.environment import environment

    folder = run.directory.with_name(f"by-hand-{number}")
    folder.mkdir()
    shutil.copy(run.directory / "spec.json", folder)
    shutil.copytree(run.directory / "data", folder / "data")
    words = ["nice", "-n", str(GIVE_WAY), *command(RunDir(folder).spec, folder)]
    began = time.monotonic()
    with Path(folder / "log.txt").open("wb") as log:
        subprocess.run(words, cwd=ROOT, env=environment(folder), stdout=log, stderr=log, check=True)
    return Alone(time.monotonic() - began, time.time() - (folder / "result.json").stat().st_mtime)
