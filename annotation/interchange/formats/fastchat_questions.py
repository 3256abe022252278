"""FastChat's question.jsonl, of MT-bench, Vicuna-bench and your own sets.

    {"question_id": 81, "category": "writing", "turns": ["…", "…"], "reference": ["…", "…"]}

`reference` may be left out; the first Vicuna-bench wrote one `text` in place of `turns`. Number, turns and reference
go into the prompt's metadata, the first turn is the prompt.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from annotation.interchange.entries import Entry, Fault, Refused, Turn
from annotation.interchange.json_input import Readable, records


class Record(msgspec.Struct):
    question_id: int | str
    category: str = ""
    turns: list[str] = []
    text: str = ""
    reference: list[str] = []


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    seen: dict[str, int | str] = {}
    return records(stream, Record, lambda record: entry(record, seen))


def entry(record: Record, seen: dict[str, int | str]) -> Entry:
    """`seen` holds the number of each first turn: a prompt is known by it, so it can have one number only."""
    turns = record.turns or [record.text]
    number = seen.setdefault(turns[0], record.question_id)
    if number != record.question_id:
        raise Refused(
            "turns", f"Question {number} begins with the same words.", "Change one of the two, or leave it out."
        )
    metadata: dict[str, Any] = {"question_id": record.question_id, "category": record.category, "turns": turns}
    return Entry(
        prompt=[Turn(role="user", content=turns[0])],
        category=record.category,
        metadata=metadata | ({"reference": record.reference} if record.reference else {}),
    )
