"""The calls of a request in one piece of memory.

CPython keeps the frames of calls in pieces of 16 KB; it asks the system for the next piece when a call needs it, and
gives it back on return. A page whose rows happen to be made at the end of a piece does that with every call, and takes
up to twice as long. A frame that is larger than a piece gets one of its own, with room for all that it calls.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Of eight bytes each: a piece of 256 KB, half of which is left, for some seven hundred calls within each other.
WORDS = 17_000


def in_one_piece(call: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    return call(*args, **kwargs)


in_one_piece.__code__ = in_one_piece.__code__.replace(co_stacksize=WORDS)
