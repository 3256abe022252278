"""Rows of leaderboards: stored, compared, explored and exported. What measures them is in `benchmarks`."""
