"""Holds the command of accounts, and nothing else."""
