"""Records of a file, checked one by one; an error names file, line, field and what to do."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec

Record = TypeVar("Record")
# Python's JSON and CSV readers let NaN and infinity pass, which no figure survives.
Finite = Annotated[float, msgspec.Meta(ge=-1e300, le=1e300)]


class BadRecord(Exception):
    """A file or a line in it cannot be read; the message says where and what to do."""


class RawRecord(NamedTuple):
    """A raw record and the number of the line on which it begins."""

    number: int
    value: Any


def read(path: Path, record: type[Record], remedy: str) -> Iterator[Record]:
    """Stream the records of a .json list, a .jsonl or a .csv file, converted to a dataclass.

    Fields that the dataclass does not name are left alone. `remedy` says what such a file holds.
    """
    empty = True
    for number, value in lines(path):
        empty = False
        try:
            yield msgspec.convert(value, record, strict=path.suffix != ".csv")
        except msgspec.ValidationError as error:
            raise BadRecord(f"{path}, line {number}: {error}. {remedy}.") from error
    if empty:
        raise BadRecord(f"{path}: no record. {remedy}.")


def lines(path: Path) -> Iterator[RawRecord]:
    """The raw records of a file, read by its suffix."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            match path.suffix:
                case ".jsonl":
                    yield from _jsonl(path, stream)
                case ".json":
                    yield from _json_list(path, stream.read())
                case ".csv":
                    yield from _csv(path, stream)
                case _:
                    raise BadRecord(f"{path}: unknown suffix. Give a .json, .jsonl or .csv file.")
    except OSError as error:
        raise BadRecord(f"{path}: {error.strerror}. Give a file that can be read.") from error
    except RecursionError as error:
        raise BadRecord(f"{path}: lists within lists within lists. Give a flat list of records.") from error
    except UnicodeDecodeError as error:
        raise BadRecord(f"{path}: byte {error.start} is not UTF-8. Save the file as UTF-8.") from error


def _jsonl(path: Path, stream: Iterable[str]) -> Iterator[RawRecord]:
    for number, text in enumerate(stream, start=1):
        if text.strip():
            try:
                yield RawRecord(number, json.loads(text))
            except json.JSONDecodeError as error:
                raise _not_json(path, number, error.msg) from error


def _json_list(path: Path, text: str) -> Iterator[RawRecord]:
    """Decode a list element by element, so that each knows its line."""
    decoder = json.JSONDecoder()
    number, counted, at = 1, 0, _after_space(text, 0)
    opening, ended = "[", False
    while not ended:
        if text[at : at + 1] != opening:
            raise _not_json(path, number + text.count("\n", counted, at), f"{opening!r} of a list expected")
        at = _after_space(text, at + 1)
        number, counted = number + text.count("\n", counted, at), at
        if opening == "[" and text[at : at + 1] == "]":
            return
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _not_json(path, error.lineno, error.msg) from error
        yield RawRecord(number, value)
        at = _after_space(text, at)
        opening, ended = ",", text[at : at + 1] == "]"


def _csv(path: Path, stream: Iterable[str]) -> Iterator[RawRecord]:
    rows = csv.DictReader(stream, strict=True)
    try:
        for row in rows:
            if None in row:
                raise csv.Error("more cells than the header names")
            yield RawRecord(rows.line_num, row)
    except csv.Error as error:
        message = f"{path}, line {rows.reader.line_num}: {error}. Quote cells that hold commas or quotes."
        raise BadRecord(message) from error


def _after_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _not_json(path: Path, number: int, message: str) -> BadRecord:
    return BadRecord(f"{path}, line {number}: malformed JSON ({message}). Mend that line.")
