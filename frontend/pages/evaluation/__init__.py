"""Pages that say which model is better: evaluations, leaderboards, benchmarks, arena, compare.

How far a judge may be trusted is in `judges`.
"""
