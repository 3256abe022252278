"""What a trainer reads: the rows of one dataset, or of several by their shares, drawn with the run's seed."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from typing import Any

import msgspec

from training.jobs.running import Job, log
from training.rundir import is_held_out
from training.specs import Training

Record = dict[str, Any]


class Part(msgspec.Struct, frozen=True):
    """One dataset of a mixture: its share of the rows, its rows to learn, how many of them are in, and rows in all."""

    name: str
    share: float
    rows: int
    different: int
    drawn: int


@dataclass
class Source:
    """A dataset: the digests of the prompts of its rows to learn, in their order."""

    name: str
    prompts: list[bytes] = field(default_factory=list)


class Mixture:
    """The records of all datasets that a run learns from.

    A dataset with more rows than its share gives a sample without repetition. One with fewer gives all of them as
    often as they fit, and a sample of them once more. Rows held out are measured once each, whatever the shares say.
    No dataset teaches a prompt that another holds out: such rows are left out and counted.
    """

    def __init__(self, job: Job[Any]) -> None:
        self.job = job
        self.spec: Training = job.spec
        self.names = self.spec.sources or ["train"]
        self.parts: list[Part] = []

    def held_out(self) -> Iterator[Record]:
        every = chain.from_iterable(self.job.records(name) for name in self.names)
        return (record for record in every if is_held_out(record))

    def learnt(self) -> Iterator[Record]:
        """Each record as often as its share asks. Of a single dataset each once, in one pass."""
        if len(self.names) == 1 and not self.spec.mixed_rows:
            yield from (record for record in self.job.records(self.names[0]) if not is_held_out(record))
            return
        held_out = {digest(record) for record in self.held_out()}
        sources = [self.survey(name) for name in self.names]
        usable = [sum(prompt not in held_out for prompt in source.prompts) for source in sources]
        if dropped := sum(len(source.prompts) for source in sources) - sum(usable):
            self.job.found.counts["dropped_held_out"] = dropped
        for name, share, rows, drawn in zip(self.names, self.shares(usable), usable, self.drawn(usable), strict=True):
            times = self.times(name, rows, drawn)
            self.parts.append(Part(name, share, rows, sum(map(bool, times)), drawn))
            log.info("%s: %d of %d rows, %d in all, a share of %.1f %%", *self.told(self.parts[-1]))
            kept = (record for record in self.to_learn(name) if digest(record) not in held_out)
            for record, often in zip(kept, times, strict=True):
                yield from (record for _ in range(often))

    def survey(self, name: str) -> Source:
        return Source(name, [digest(record) for record in self.to_learn(name)])

    def to_learn(self, name: str) -> Iterator[Record]:
        return (record for record in self.job.records(name) if not is_held_out(record))

    def shares(self, rows: list[int]) -> list[float]:
        """In [0, 1]; without shares each dataset counts by its rows, and one without rows for nothing."""
        asked = self.spec.shares or tuple(map(float, rows))
        weights = [weight if count else 0.0 for weight, count in zip(asked, rows, strict=True)]
        return [weight / (sum(weights) or 1.0) for weight in weights]

    def drawn(self, rows: list[int]) -> list[int]:
        """Rows that each dataset gives."""
        if not self.spec.shares:
            return rows
        total = self.spec.mixed_rows or sum(rows)
        return [round(total * share) for share in self.shares(rows)]

    def times(self, name: str, rows: int, drawn: int) -> list[int]:
        """How often each row is in."""
        if not rows:
            return []
        whole, rest = divmod(drawn, rows)
        once_more = Counter(random.Random(f"{self.spec.seed} {name}").sample(range(rows), rest))
        return [whole + once_more[place] for place in range(rows)]

    @staticmethod
    def told(part: Part) -> tuple[str, int, int, int, float]:
        return part.name, part.different, part.rows, part.drawn, 100 * part.share


def digest(record: Record) -> bytes:
    """Of the prompt: the same prompt has the same in every dataset."""
    return blake2b(msgspec.json.encode(record.get("prompt"), order="deterministic"), digest_size=8).digest()
