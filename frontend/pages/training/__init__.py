"""Pages of runs, recipes and checkpoints."""
