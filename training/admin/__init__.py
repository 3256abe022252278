"""The admin's view of training, one module for each noun, and the form from which the admin launches runs.

What is done is in the other rooms.
"""

from training.admin import benchmarks, checkpoints, evaluations, runs, tasks, versions, workers

__all__ = ["benchmarks", "checkpoints", "evaluations", "runs", "tasks", "versions", "workers"]
