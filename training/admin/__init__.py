"""The admin's view of training, one file per noun, and the form from which the admin launches runs."""

from training.admin import checkpoints, evaluations, runs, versions, workers

__all__ = ["checkpoints", "evaluations", "runs", "versions", "workers"]
