"""What works and what does not: health in words, heartbeats of workers, what the machine has left, which code runs.

Starting again what died is in `embedded` and `training.worker`.
"""
