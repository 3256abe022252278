"""Grades from −3 (the first is much better) to +3, of judges that say it in finer or coarser words. Pure."""

from math import ceil

# "Better": of judges that say which, and not by how much.
BETTER = 2
STRONGEST = 3


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


def of_scores(first: float, second: float, tie_within: float = 0.0) -> int:
    """Each begun point between the two is a step of the scale, which ends at three; a tie within `tie_within`."""
    apart = second - first
    return 0 if abs(apart) <= tie_within else sign(apart) * min(STRONGEST, ceil(abs(apart)))


def of_preference(preference: float) -> int:
    """Of a share from 0 (first) to 1 (second): 3·|2p − 1| rounded, but a tie at one half only."""
    lean = 2 * preference - 1
    return sign(lean) * max(1, round(STRONGEST * abs(lean)))
