"""Pages that say which model is better: evaluations, leaderboards, benchmarks, arena, compare."""
