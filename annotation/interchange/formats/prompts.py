"""Prompts, with responses where there are any: our own JSON lines.

    {"prompt": "Name a prime." | [{"role": "user", "content": "Name a prime."}], "category": "maths",
     "metadata": {}, "responses": [{"author": "a-model", "text": "Seven.", "scores": {"a-reward-model": 1.5}}]}

Only `prompt` must be there.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from annotation.interchange.entries import Answer, Entry, Fault, Turn
from annotation.interchange.json_input import Readable, records


class Record(msgspec.Struct, forbid_unknown_fields=True):
    prompt: str | list[Turn]
    responses: list[Answer] = []
    category: str = ""
    metadata: dict[str, Any] = {}


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    return records(stream, Record, entry)


def entry(record: Record) -> Entry:
    return Entry(
        prompt=conversation(record.prompt),
        responses=record.responses,
        category=record.category,
        metadata=record.metadata,
    )


def conversation(prompt: str | list[Turn]) -> list[Turn]:
    return [Turn(role="user", content=prompt)] if isinstance(prompt, str) else prompt


def rows(records: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The prompts of a version, to be read again here or anywhere."""
    return ({"prompt": record["prompt"]} for record in records)
