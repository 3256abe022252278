"""Many questions as files for an endpoint's Batch API: answered within a day, and at half the price by default.

It is a dispatcher like `dispatch.Dispatcher`, for those who can wait. What was submitted is never
submitted again: a dispatcher that is left, or whose process dies, is followed up by the next one of the same judge.
"""

import asyncio
import time
from collections.abc import Hashable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any, Generic, Self, TypeVar

from django.utils import timezone

from annotation.judges.client import calls, endpoints
from annotation.judges.client.calls import Answer, BatchRefused, CallFailed, Fault
from annotation.judges.client.dispatch import Dispatcher
from annotation.judges.config.registry import Judge
from annotation.models import JudgeBatch
from annotation.models.prompts import Message

# Of one file; OpenAI takes 50,000, and what waits is kept in memory.
MOST = 10_000
# Seconds between two looks at what became of a batch.
EVERY = 30.0

K = TypeVar("K", bound=Hashable)


class BatchLine(Generic[K]):
    """Questions are gathered until answers are asked for, and then submitted as one batch.

    Entering it raises CallFailed where nobody can be asked; so does `answers` where the endpoint takes no batches.
    """

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.gathered: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, K] = {}
        self.troubles, self.looks_again = 0, 0.0
        self.delivered: list[JudgeBatch] = []

    def __enter__(self) -> Self:
        """The client library is imported here: it costs a second."""
        from annotation.judges.client.batch_files import BatchClient

        members, _ = endpoints.of_pool(self.judge.endpoint)
        self.runner, self.filings = asyncio.Runner(), dict[str, BatchClient]()
        with ExitStack() as undone:
            undone.callback(self.close)
            for one in members:
                self.filings[one.name] = self.runner.run(BatchClient.opened(one, self.judge.model))
            self.batches = list(JudgeBatch.objects.filter(author=self.judge.author, ended_at=None).order_by("pk"))
            self.take_up_all()
            undone.pop_all()
        self.submitted = {digest for batch in self.batches for digest in batch.questions}
        return self

    def take_up_all(self) -> None:
        for batch in list(self.batches):
            if batch.endpoint not in self.filings:
                remedy = "switch it on, or delete the batch in the admin"
                says = f"A batch lies at the endpoint {batch.endpoint}: {remedy}."
                raise CallFailed(says, Fault.GONE, stops=True)
            if not batch.batch_id:
                self.take_up(batch)

    def __exit__(self, *raised: object) -> None:
        if not any(raised):
            self.settle()
        self.close()

    def close(self) -> None:
        for filing in self.filings.values():
            self.runner.run(filing.close())
        self.runner.close()

    @property
    def under_way(self) -> int:
        return len(self.keys)

    @property
    def free(self) -> int:
        return MOST - len(self.keys)

    def knows(self, digest: str) -> bool:
        return False

    def ask(self, key: K, messages: Sequence[Message], settings: Mapping[str, Any], digest: str) -> None:
        self.keys[digest] = key
        if digest not in self.submitted:
            self.gathered[digest] = {"model": self.judge.model, "messages": messages, **settings}

    def drop(self) -> None:
        """Wait for nothing any more; what was submitted is there for the next one."""
        self.gathered.clear()
        self.keys.clear()

    def answers(self, seconds: float = 1.0) -> list[tuple[K, Answer | CallFailed]]:
        """What came of a batch that has ended. Whoever asks again has stored what came before."""
        self.settle()
        now = time.monotonic()
        if not self.gathered and now < self.looks_again:
            time.sleep(min(seconds, self.looks_again - now))
            return []
        self.looks_again = now + EVERY
        try:
            self.submit()
            found = self.look()
            self.troubles = 0
        except CallFailed as failure:
            self.troubles += 1
            if is_final(failure) or self.troubles >= calls.ATTEMPTS:
                raise
            return []
        return [(self.keys.pop(digest), outcome) for digest, outcome in found.items() if digest in self.keys]

    def settle(self) -> None:
        for batch in self.delivered:
            JudgeBatch.objects.filter(pk=batch.pk).update(ended_at=timezone.now())
            self.batches.remove(batch)
        self.delivered.clear()

    def submit(self) -> None:
        """What was gathered, as one batch of the first endpoint; found again where an attempt broke off."""
        if not self.gathered:
            return
        name, filing = next(iter(self.filings.items()))
        batch = JudgeBatch.objects.create(author=self.judge.author, endpoint=name, questions=list(self.gathered))
        try:
            batch.batch_id = self.runner.run(filing.submit(batch.token, self.gathered))
        except CallFailed as failure:
            if is_final(failure):
                batch.delete()
                raise
            self.take_up(batch)
            if not batch.batch_id:
                raise
        batch.save(update_fields=["batch_id"])
        self.batches.append(batch)
        self.submitted.update(self.gathered)
        self.gathered.clear()

    def take_up(self, batch: JudgeBatch) -> None:
        """Whether it was submitted is known to its endpoint alone; if not, it is as if it had never been."""
        batch.batch_id = self.runner.run(self.filings[batch.endpoint].find(batch.token))
        if batch.batch_id:
            batch.save(update_fields=["batch_id"])
        else:
            batch.delete()
            self.batches = [one for one in self.batches if one is not batch]

    def look(self) -> dict[str, Answer | CallFailed]:
        """What came of the first batch that has ended, by digest. Its line's questions without an answer failed."""
        for batch in self.batches:
            filing = self.filings[batch.endpoint]
            try:
                came = self.runner.run(filing.results(batch.batch_id))
            except BatchRefused:
                self.delivered.append(batch)
                self.settle()
                raise
            if came is not None:
                self.delivered.append(batch)
                lost = CallFailed(f"{filing.access} ended the batch without an answer to this.", Fault.TIMEOUT)
                return dict.fromkeys(batch.questions, lost) | came
        return {}


def is_final(failure: CallFailed) -> bool:
    """Whether it would be the same another time; an endpoint that is down may come back."""
    return failure.stops and failure.fault is not Fault.DOWN


AnyDispatcher = Dispatcher[K] | BatchLine[K]
