"""A kind of run: its settings, and its program `python -m tests.adding.copying RUNDIR`, which copies a checkpoint."""

import shutil
from typing import Annotated

from msgspec import Meta

from training.jobs.running import Job, main
from training.specs import SPECS, Spec


class Copying(Spec, frozen=True, kw_only=True, tag="copying"):
    """The same checkpoint once more."""

    note: Annotated[str, Meta(description="What it is for.")] = ""


def copy(job: Job[Copying]) -> None:
    shutil.copytree(job.checkpoint("base"), job.run.output, dirs_exist_ok=True)
    job.found.figures["parameters"] = 7


if __name__ == "__main__":
    SPECS["copying"] = Copying
    main(copy, Copying)
