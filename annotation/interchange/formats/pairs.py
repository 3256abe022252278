"""Pairs of responses with their judgments: our own JSON lines, written and read without loss.

    {"prompt": "…" | [{"role": "user", "content": "…"}],
     "responses": [{"author": "one-model", "text": "…"}, {"author": "other-model", "text": "…"}],
     "judgments": [{"author": "ann", "grade": -2, "shown": "first", "rationale": "…"}],
     "category": "", "source": "", "metadata": {}}

A grade runs from −3 (the first response is much better) to +3 (the second is). Of a
judgment `kind` is person, judge, or gold for a label that is taken as right; of a response model or person. The other
fields are those of `entries.Verdict` and `Answer`.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from annotation.interchange.entries import Answer, Entry, Fault, Turn, Verdict
from annotation.interchange.formats.prompts import conversation
from annotation.interchange.json_input import Readable, records


class Record(msgspec.Struct, forbid_unknown_fields=True):
    prompt: str | list[Turn]
    responses: list[Answer]
    judgments: list[Verdict] = []
    category: str = ""
    source: str = ""
    metadata: dict[str, Any] = {}


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    return records(stream, Record, entry)


def entry(record: Record) -> Entry:
    return Entry(
        prompt=conversation(record.prompt),
        responses=record.responses,
        judgments=record.judgments,
        category=record.category,
        source=record.source,
        metadata=record.metadata,
        paired=True,
    )
