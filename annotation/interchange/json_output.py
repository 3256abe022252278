"""Rows as the bytes of a JSON lines file, block by block."""

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

BLOCK = 2**18


def said(text: str) -> list[dict[str, str]]:
    return [{"role": "assistant", "content": text}]


def line(row: dict[str, Any]) -> bytes:
    """The canonical JSON line of a row: sorted keys, UTF-8, one line feed."""
    return orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def as_jsonl(rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    block = bytearray()
    for row in rows:
        block += line(row)
        if len(block) >= BLOCK:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)
