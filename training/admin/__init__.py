"""The admin's view of training, one file per noun, and the form from which the admin launches runs."""

from training.admin import benchmarks, checkpoints, evaluations, runs, tasks, versions, workers

__all__ = ["benchmarks", "checkpoints", "evaluations", "runs", "tasks", "versions", "workers"]
