"""Rows of leaderboards: compared, explored and exported. What measures and stores them is in `benchmarks`."""
