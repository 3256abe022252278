"""Coroutines in an event loop of their own thread: that of a browser may turn in the thread of the tests."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from studio.projects.scope import enter, here

T = TypeVar("T")


def looped(asked: Coroutine[Any, Any, T]) -> T:
    with ThreadPoolExecutor(1, initializer=enter, initargs=(here(),)) as pool:
        return pool.submit(asyncio.run, asked).result()
