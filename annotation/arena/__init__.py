"""Who is better over all: comparisons between authors out of judgments, and the ranking made of them.

The mathematics is in `statistics`.
"""
