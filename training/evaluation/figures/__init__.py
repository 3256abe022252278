"""Published protocols over records: every figure is a pure function, readable from files or rows.

Runs that measure are in `benchmarks`.
"""
