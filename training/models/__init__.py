"""What machines do with a dataset version, as tables, one module for each noun. Acts are in the other rooms."""

from training.models.benchmarks import BenchmarkResult, BenchmarkVerdict, LengthInputs
from training.models.checkpoints import Checkpoint
from training.models.defaults import TrainingDefaults
from training.models.evaluations import Evaluation
from training.models.metrics import Metric
from training.models.runs import Run, RunCheckpoint, RunVersion
from training.models.shares import CheckpointShare
from training.models.tasks import TaskResult
from training.models.workers import Worker

__all__ = [
    "BenchmarkResult",
    "BenchmarkVerdict",
    "Checkpoint",
    "CheckpointShare",
    "Evaluation",
    "LengthInputs",
    "Metric",
    "Run",
    "RunCheckpoint",
    "RunVersion",
    "TaskResult",
    "TrainingDefaults",
    "Worker",
]
