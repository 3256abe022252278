"""Pages of runs, recipes and checkpoints. Which of them is better is in `evaluation`."""
