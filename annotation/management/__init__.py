"""Holds the commands of annotation, and nothing else."""
