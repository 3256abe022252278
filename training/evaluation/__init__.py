"""Which model is better: held-out prompts under a judge, published benchmarks, their figures and leaderboards.

Judges are in `annotation.judges`, statistics in `annotation.statistics`.
"""


class NoFigure(Exception):
    """The records can be read but have no such figure; the message says why and what to give."""
