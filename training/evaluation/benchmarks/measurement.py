"""What does the work of a benchmark run: the module of its benchmark, under its judge."""

from collections.abc import Callable
from typing import Any

from django.utils.module_loading import import_string

from annotation.judges.config.registry import JudgeInvalid
from training.evaluation.benchmarks import BENCHMARKS
from training.evaluation.benchmarks.participants import Participants, participants
from training.models import Run
from training.runs.failures import RunFailed
from training.worker.renewal import Renewal

Measure = Callable[[Run, Participants, Renewal], dict[str, Any]]


def measure(run: Run, renewal: Renewal) -> dict[str, Any]:
    """What the benchmark's module makes of the run's settings. Raises RunFailed, RunStopped."""
    settings = run.spec["settings"]
    if settings["benchmark"] not in BENCHMARKS:
        raise RunFailed(f"benchmark: {settings['benchmark']} is not measured here. There is {', '.join(BENCHMARKS)}.")
    measure_all: Measure = import_string(BENCHMARKS[settings["benchmark"]].measure)
    try:
        return measure_all(run, participants(settings), renewal)
    except JudgeInvalid as error:
        # A published judge may need what a question lacks, such as its reference.
        raise RunFailed(str(error)) from error
