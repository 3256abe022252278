"""Holds the commands of training, and nothing else."""
