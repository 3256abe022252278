"""What the studio adds to a run: one tiny finetuning through queue, worker and database, and by hand, in turn."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from studio.embedded.programs import GIVE_WAY
from studio.embedded.steps import ROOT
from tests.bench.figures import Figure, Found, Skipped
from tests.bench.studio import Studio, StudioFailed

if TYPE_CHECKING:
    from annotation.models import Version
    from training.models import Checkpoint, Run

ROUNDS = 3
EXAMPLES = 2_000
TINY = {"width": 64, "layers": 2, "heads": 4, "vocabulary": 400}
TRAINING = {
    "batch_size": 32,
    "micro_batch_size": 32,
    "epochs": 4.0,
    "threads": 1,
    "max_length": 128,
    "template": "own",
}
PATIENCE_SECONDS = 1800.0


def measure(studio: Studio) -> Iterator[Found]:
    what = "a run through the studio beside the same program by hand"
    if find_spec("trl") is None:
        yield Skipped(what, "the training extra is not installed: make install")
        return
    corpus = demonstrations()
    base = launched("create", TINY, corpus, "corpus").made_checkpoint
    through, alone = [], []
    for number in range(ROUNDS):
        took, run = through_the_studio(corpus, base)
        through.append(took)
        alone.append(by_hand(run, number))
    share = 100 * (median(through) / median(alone) - 1)
    yield Figure(what, share, "% more", 3, detail=f"through {listed(through)} s; by hand {listed(alone)} s")


def listed(seconds: list[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in seconds)


def demonstrations() -> "Version":
    import random

    from annotation import snapshots
    from annotation.demo import writing
    from annotation.models import Prompt

    prompts = Prompt.objects.filter(collection__slug="toy-train").order_by("pk")[:EXAMPLES]
    chance = random.Random(7)
    rows: list[dict[str, Any]] = [
        {"prompt_id": one.pk, "prompt": one.messages, "response": writing.demonstrate(one.text, chance)}
        for one in prompts
    ]
    return snapshots.freeze_rows("bench-corpus", "demonstrations", rows, {})


def through_the_studio(corpus: "Version", base: "Checkpoint") -> tuple[float, "Run"]:
    """Seconds from the launch to the row that says succeeded."""
    began = time.monotonic()
    run = launched("sft", TRAINING, corpus, "train", base)
    return time.monotonic() - began, run


def launched(
    kind: str, settings: dict[str, Any], corpus: "Version", name: str, base: "Checkpoint | None" = None
) -> "Run":
    """A run that succeeded. Raises StudioFailed."""
    from training import launching
    from training.models import Run

    run = launching.launch(kind, settings, checkpoint=base, inputs={name: corpus})
    latest = time.monotonic() + PATIENCE_SECONDS
    while run.state in Run.OPEN and time.monotonic() < latest:
        time.sleep(0.1)
        run.refresh_from_db()
    if run.state != Run.State.SUCCEEDED:
        raise StudioFailed(f"{run} is {run.state}: {run.error}")
    return run


def by_hand(run: "Run", number: int) -> float:
    """Seconds of the same program on a copy of the run's spec and data, as far down the queue as a worker's."""
    from training.commands import command
    from training.following import environment
    from training.rundir import RunDir

    folder = run.directory.with_name(f"by-hand-{number}")
    folder.mkdir()
    shutil.copy(run.directory / "spec.json", folder)
    shutil.copytree(run.directory / "data", folder / "data")
    words = ["nice", "-n", str(GIVE_WAY), *command(RunDir(folder).spec, folder)]
    began = time.monotonic()
    with Path(folder / "log.txt").open("wb") as log:
        subprocess.run(words, cwd=ROOT, env=environment(), stdout=log, stderr=log, check=True)
    return time.monotonic() - began
