"""What a text costs beside ordinary prose, measured in the same moment: a crowded machine slows both alike."""

from collections.abc import Callable
from itertools import count
from time import thread_time
from typing import Any

from frontend import rendering

SENTENCE = "All work and no play makes Jack a dull boy, he said, and went on to write it again. "
PROSE = (SENTENCE * 400)[:30_000]
numbers = count()


def times_prose(act: Callable[[], Any]) -> float:
    """Thread time of `act` in that of 30,000 characters of prose, which take some 12 ms."""
    before, cost, after = prose(), seconds(act), prose()
    return cost / max(before, after)


def prose() -> float:
    """Never the same text twice, so that none is remembered."""
    return seconds(lambda: rendering.markdown(f"{PROSE} {next(numbers)}"))


def seconds(act: Callable[[], Any]) -> float:
    started = thread_time()
    act()
    return thread_time() - started
