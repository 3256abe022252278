"""Many questions to a pool of endpoints at once, asked from plain code: their event loop has a thread of its own."""

import asyncio
import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Generic, Self, TypeVar

from annotation.judges.client import endpoints
from annotation.judges.client.calls import Answer, CallFailed
from annotation.judges.client.endpoints import Access
from annotation.judges.client.journal import Journal
from annotation.judges.config.registry import Judge
from annotation.models.prompts import Message

# After the first answer, so that many are stored in one statement.
GATHERS = 0.05

K = TypeVar("K", bound=Hashable)


class Dispatcher(Generic[K]):
    """At most `in_flight` questions are under way, by default as many as the endpoints take.

    Some more lie ready, so that no seat is empty while answers are stored. Entering it raises CallFailed where nobody
    can be asked. Left in whatever way, it waits for what is under way, unless it `gives_up`: that is paid for, and the
    journal in `folder` keeps it for the next one. What is asked anew is told so by `purpose`, if it is given.
    """

    def __init__(
        self, judge: Judge, folder: Path, in_flight: int | None = None, purpose: str = "", gives_up: bool = False
    ) -> None:
        self.judge, self.wanted = judge, in_flight
        self.purpose, self.gives_up = purpose, gives_up
        self.under_way = 0
        self.digests: dict[K, str] = {}
        self.returned: list[str] = []
        self.folder = folder
        self.came: SimpleQueue[tuple[K, Answer | CallFailed | None] | BaseException] = SimpleQueue()

    def __enter__(self) -> Self:
        members, reasons = endpoints.of_pool(self.judge.endpoint)
        seats = sum(member.in_flight for member in members)
        self.in_flight = min(self.wanted or seats, seats)
        self.ahead = max(4, self.in_flight)
        self.thread, opened = ThreadPoolExecutor(1, "judges"), threading.Event()
        with ExitStack() as undone:
            self.journal = Journal(self.folder)
            undone.callback(self.journal.close)
            undone.callback(self.thread.shutdown)
            self.turning = self.thread.submit(asyncio.run, self.serve(members, reasons, opened))
            self.turning.add_done_callback(lambda _: opened.set())
            opened.wait()
            self.check()
            undone.pop_all()
        return self

    def __exit__(self, *raised: object) -> None:
        if not any(raised):
            self.settle()
        if not self.turning.done():
            self.loop.call_soon_threadsafe(self.ended.set)
        self.thread.shutdown()
        self.journal.close()

    def check(self) -> None:
        """The loop turns until we leave; where it ended before, its error is ours."""
        if self.turning.done():
            self.turning.result()

    @property
    def free(self) -> int:
        return self.in_flight + self.ahead - self.under_way

    def knows(self, digest: str) -> bool:
        """Whether the answer to this question was paid for before."""
        return digest in self.journal.found

    def ask(self, key: K, messages: Sequence[Message], settings: Mapping[str, Any], digest: str) -> None:
        self.under_way += 1
        self.digests[key] = digest
        if found := self.journal.found.pop(digest, None):
            self.came.put((key, found))
        else:
            self.loop.call_soon_threadsafe(self.submit, key, messages, settings, digest)

    def drop(self) -> None:
        """What lies ready or waits to be asked again is forgotten; what is under way is not."""
        self.loop.call_soon_threadsafe(self.pool.drop)

    def answers(self, seconds: float = 1.0) -> list[tuple[K, Answer | CallFailed]]:
        """What came, as soon as something did; nothing after so many seconds.

        Whoever asks again has stored what came before.
        """
        self.settle()
        try:
            found = [self.came.get(timeout=seconds)]
        except Empty:
            self.check()
            return []
        time.sleep(GATHERS)
        while not self.came.empty():
            found.append(self.came.get())
        return [one for one in map(self.taken, found) if one is not None]

    def taken(self, one: tuple[K, Answer | CallFailed | None] | BaseException) -> tuple[K, Answer | CallFailed] | None:
        if isinstance(one, BaseException):
            raise one
        self.under_way -= 1
        key, outcome = one
        self.returned.append(self.digests.pop(key))
        return None if outcome is None else (key, outcome)

    def settle(self) -> None:
        self.journal.stored(self.returned)
        self.returned.clear()

    def submit(self, key: K, messages: Sequence[Message], settings: Mapping[str, Any], digest: str) -> None:
        """In the thread of the loop, as is all below."""
        from annotation.judges.client.pool import Request

        name = f"{self.purpose} {digest}" if self.purpose else ""
        self.pool.submit(Request(key, messages, settings, name))

    def deliver(self, key: K, outcome: Answer | CallFailed | None) -> None:
        """In the journal before anything else is done with it."""
        self.journal.heard(self.digests[key], outcome)
        self.came.put((key, outcome))

    async def serve(self, members: Sequence[Access], reasons: list[str], opened: threading.Event) -> None:
        """Until we are left. The client library is imported here: it costs a second."""
        from annotation.judges.client.pool import Member, Pool

        self.loop, self.ended = asyncio.get_running_loop(), asyncio.Event()
        now = self.loop.time()
        self.pool: Pool[K] = Pool(
            model=self.judge.model,
            in_flight=self.in_flight,
            asks=lambda key: self.journal.asked(self.digests[key]),
            deliver=self.deliver,
            refuses=lambda key, failure: self.journal.heard(self.digests[key], failure),
            broke=self.came.put,
            members=[Member(access, now) for access in members],
            reasons=reasons,
        )
        opened.set()
        await self.ended.wait()
        await self.pool.close(self.gives_up)
