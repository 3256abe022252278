"""Many questions to one endpoint at once, asked from plain code. The event loop turns only while somebody waits."""

import asyncio
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Generic, Self, TypeVar

from annotation.judges import client
from annotation.judges.client import Answer, CallFailed
from annotation.judges.loading import Judge
from annotation.models.prompts import Message

GATHERS = 0.03

K = TypeVar("K", bound=Hashable)


class Line(Generic[K]):
    """At most `in_flight` questions are under way. Entering it raises CallFailed where there is no key."""

    def __init__(self, judge: Judge, in_flight: int) -> None:
        self.judge, self.in_flight = judge, in_flight
        self.under_way: dict[asyncio.Task[Answer], K] = {}

    def __enter__(self) -> Self:
        self.endpoint = client.connect()
        self.runner = asyncio.Runner()
        return self

    def __exit__(self, *raised: object) -> None:
        for task in self.under_way:
            task.cancel()
        self.runner.run(self.endpoint.close())
        self.runner.close()

    @property
    def free(self) -> int:
        return self.in_flight - len(self.under_way)

    def ask(self, key: K, messages: Sequence[Message], settings: Mapping[str, Any]) -> None:
        question = client.ask(self.endpoint, self.judge, messages, settings)
        self.under_way[self.runner.get_loop().create_task(question)] = key

    def answers(self, seconds: float = 1.0) -> list[tuple[K, Answer | CallFailed]]:
        """What came, as soon as something did; nothing after so many seconds."""
        done = self.runner.run(first_of(list(self.under_way), seconds))
        return [(self.under_way.pop(task), outcome(task)) for task in done]


async def first_of(tasks: list[asyncio.Task[Answer]], seconds: float) -> list[asyncio.Task[Answer]]:
    """What is done when the first is, and a moment later: many answers are stored in one statement then."""
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.sleep(GATHERS)
    return [task for task in tasks if task.done()]


def outcome(task: asyncio.Task[Answer]) -> Answer | CallFailed:
    try:
        return task.result()
    except CallFailed as failure:
        return failure
