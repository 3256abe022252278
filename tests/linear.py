"""What reading a hostile text costs: a rule that is quadratic in its length takes minutes for these."""

from collections.abc import Callable
from time import thread_time
from typing import Any

# Characters.
LENGTH = 60_000
SECONDS = 1.0


def is_linear(read: Callable[[str], Any], repeated: str, before: str = "", after: str = "") -> bool:
    """Whether `read` comes through a text of `LENGTH` characters within a second of this thread."""
    text = f"{before}{repeated * (LENGTH // len(repeated))}{after}"
    started = thread_time()
    read(text)
    return thread_time() - started < SECONDS
