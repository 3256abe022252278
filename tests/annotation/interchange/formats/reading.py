"""What a format makes of a few lines, for its tests."""

import io

import orjson

from annotation.interchange.entries import Entry, Fault
from annotation.interchange.formats import READ


def parsed(format: str, *rows: object) -> list[Entry | Fault]:
    return parsed_bytes(format, b"\n".join(orjson.dumps(row) for row in rows))


def parsed_bytes(format: str, content: bytes) -> list[Entry | Fault]:
    return list(READ[format].parse(io.BytesIO(content)))


def entry(format: str, row: object) -> Entry:
    (only,) = parsed(format, row)
    assert isinstance(only, Entry), only
    return only


def fault(format: str, row: object) -> Fault:
    (only,) = parsed(format, row)
    assert isinstance(only, Fault), only
    return only
