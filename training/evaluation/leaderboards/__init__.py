"""Rows of leaderboards: compared, explored and exported; those of others are published here.

What measures your own and stores them is in `benchmarks`.
"""
