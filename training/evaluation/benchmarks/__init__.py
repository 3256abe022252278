"""Benchmarks by their published protocols: a run measures authors, and each becomes a row of a leaderboard.

One module for each protocol with `measure(run, parties, hold) → the run's result`, and its line below.
"""

from collections.abc import Callable
from typing import Any

from annotation.judges.config.registry import JudgeInvalid
from training.evaluation.benchmarks import alpaca_eval, mt_bench, vicuna_bench
from training.evaluation.benchmarks.parties import Parties, parties
from training.models import BenchmarkResult, Run
from training.runs.failures import RunFailed
from training.worker.renewal import Hold

Measure = Callable[[Run, Parties, Hold], dict[str, Any]]

BENCHMARKS: dict[str, Measure] = {
    BenchmarkResult.Benchmark.ALPACA_EVAL: alpaca_eval.measure,
    BenchmarkResult.Benchmark.MT_BENCH: mt_bench.measure,
    BenchmarkResult.Benchmark.VICUNA_BENCH: vicuna_bench.measure,
}


def measure(run: Run, hold: Hold) -> dict[str, Any]:
    """What the benchmark's module makes of the run's settings. Raises RunFailed, Stopped."""
    settings = run.spec["settings"]
    if settings["benchmark"] not in BENCHMARKS:
        raise RunFailed(f"benchmark: {settings['benchmark']} is not measured here. There is {', '.join(BENCHMARKS)}.")
    try:
        return BENCHMARKS[settings["benchmark"]](run, parties(settings), hold)
    except JudgeInvalid as error:
        # A published judge may need what a question lacks, such as its reference.
        raise RunFailed(str(error)) from error
