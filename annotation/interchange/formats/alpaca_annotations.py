"""AlpacaEval's annotations.json: a judge's published preferences between a baseline and a model.

`preference` is 1 where output_1 won, 2 where output_2 did, 1.5 (or 0, as it once was written) for a draw, a number
between where the judge gave a probability, and null (−1 in the caches of alpaca_eval) where its answer could not be
read. As a grade, a probability p that output_2 is better counts 3·(2p − 1), rounded but never to a tie; a bare 1 or
2 says which and not how much, so it counts as "better", ±2. A probability is also the judgment's preference, and what
the file said stays in its details.

The order in which the judge read the two is not in the file, but follows from AlpacaEval's seed of 0.
"""

from collections.abc import Iterator
from typing import Literal

import msgspec

from annotation.interchange.entries import Answer, Entry, Fault, Refused, Turn, Verdict
from annotation.interchange.json_input import Readable, records
from annotation.judges.config.published.alpaca_eval import switched
from annotation.judges.protocols import grades

FAILED = -1
DRAWS = (0, 1.5)
BARE = {1: -grades.BETTER, 2: grades.BETTER}


class Record(msgspec.Struct):
    instruction: str
    output_1: str | None
    generator_1: str
    output_2: str | None
    generator_2: str
    annotator: str
    preference: float | None
    dataset: str | None = None
    price_per_example: float | None = None
    time_per_example: float | None = None
    raw_completion: msgspec.Raw = msgspec.Raw(b"null")


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    return records(stream, Record, entry)


def entry(record: Record) -> Entry:
    return Entry(
        prompt=[Turn(role="user", content=record.instruction)],
        responses=[
            Answer(author=record.generator_1, text=record.output_1 or ""),
            Answer(author=record.generator_2, text=record.output_2 or ""),
        ],
        judgments=[verdict(record)],
        category=record.dataset or "",
        source="alpaca_eval",
        metadata={"baseline": record.generator_1},
        paired=True,
    )


def verdict(record: Record) -> Verdict:
    failed = record.preference in (None, FAILED)
    price = record.price_per_example
    raw = msgspec.json.decode(record.raw_completion)
    return Verdict(
        author=record.annotator,
        kind="judge",
        grade=grade(record.preference),
        preference=share(record.preference),
        shown=first_read(record.instruction),
        seconds=record.time_per_example,
        error="The judge's answer could not be read when this was published." if failed else "",
        details={"preference": record.preference}
        | ({"price": price} if price is not None else {})
        | ({"raw": raw} if raw is not None else {}),
    )


def grade(preference: float | None) -> int | None:
    if preference is None or preference == FAILED:
        return None
    if preference in DRAWS:
        return 0
    if not 1 <= preference <= 2:
        raise Refused("preference", f"{preference} is off the scale.", "It is 0, 1 to 2, or null.")
    if preference in BARE:
        return BARE[int(preference)]
    return grades.of_preference(preference - 1)


def share(preference: float | None) -> float | None:
    """The probability that output_2 is better, where the judge gave one."""
    unsaid = (None, FAILED, *DRAWS, *BARE)
    return None if preference is None or preference in unsaid else preference - 1


def first_read(instruction: str) -> Literal["first", "second"]:
    """AlpacaEval draws, per instruction and for all models alike, whether the outputs change places."""
    return "second" if switched(instruction) else "first"
