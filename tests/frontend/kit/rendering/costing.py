"""What a text costs beside ordinary prose, measured in the same moment: a crowded machine slows both alike."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from time import thread_time
from typing import Any

from frontend.kit import rendering

SENTENCE = "All work and no play makes Jack a dull boy, he said, and went on to write it again. "
PROSE = (SENTENCE * 400)[:30_000]
numbers = count()


def times_prose(act: Callable[[], Any], *, beyond: float = 0.0) -> float:
    """Thread time of `act`, less the seconds of its budget, in that of 30,000 characters of prose."""
    with only_new_objects_collected():
        before, cost, after = prose(), seconds(act), prose()
    return (cost - beyond) / max(before, after)


@contextmanager
def only_new_objects_collected() -> Iterator[None]:
    """A collection amid a text looks at that text's objects, not at the hundred thousands of a run of tests."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def prose() -> float:
    """Never the same text twice, so that none is remembered."""
    return seconds(lambda: rendering.markdown(f"{PROSE} {next(numbers)}"))


def seconds(act: Callable[[], Any]) -> float:
    started = thread_time()
    act()
    return thread_time() - started
