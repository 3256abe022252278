"""What the pages of runs and recipes show."""
