"""JSON objects one by one from a stream: JSON lines or one JSON array, plain or gzipped, never whole in memory."""

import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, Protocol, TypeVar

import msgspec

from annotation.interchange.entries import Entry, Fault, Refused

BLOCK = 2**20
LONGEST_RECORD = 16 * 2**20
# PostgreSQL and every reader of JSON after us have their depth, too; what people write has ten.
DEEPEST = 100
# Text shrinks to a tenth, the same line again and again to a hundredth; what shrinks to less is there to do harm.
MOST_TIMES, ALLOWED = 200, 64 * 2**20
BLANK_LINES = 100_000
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
GZIP = b"\x1f\x8b"
# An escaped NUL, but not the text of one: the backslash before it is not itself escaped.
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
BETWEEN = re.compile(r"[\s,]*")
# A string, or one bracket: what opens is in the first group, what closes in the second. A string without an end
# takes all that follows: if each quote in it were tried as a beginning, 16 MB would take days.
BRACKET = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?|([\[{])|([\]}])', re.DOTALL)
PLACE = " - at `$"
LONGEST_PROBLEM = 300

Record = TypeVar("Record", bound=msgspec.Struct)


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class Unreadable(Exception):
    """The file cannot be read on from here."""

    def __init__(self, line: int, problem: str, remedy: str) -> None:
        super().__init__(f"line {line}: {problem} {remedy}")
        self.fault = Fault(line, "file", problem, remedy)


class Blocks(io.RawIOBase):
    """Anything with `read` (an upload, a request's body, a socket) as a raw stream."""

    def __init__(self, source: Readable) -> None:
        self.source = source
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview", /) -> int:  # type: ignore[override]  # typeshed: any writable buffer
        block = self.source.read(len(buffer))
        buffer[: len(block)] = block
        self.taken += len(block)
        return len(block)


class Inflated:
    """What a gzip file holds. Raises Unreadable once that is beyond all measure."""

    def __init__(self, packed: Blocks, stream: io.BufferedReader) -> None:
        self.packed, self.file, self.given = packed, gzip.GzipFile(fileobj=stream), 0

    def read(self, size: int = -1, /) -> bytes:
        block = self.file.read(size)
        self.given += len(block)
        if self.given > max(ALLOWED, MOST_TIMES * self.packed.taken):
            problem = f"The gzip file unpacks to more than {MOST_TIMES} times its size."
            raise Unreadable(0, problem, "Unpack it, and import the part that you need.")
        return block


def records(source: Readable, kind: type[Record], entry: Callable[[Record], Entry]) -> Iterator[Entry | Fault]:
    """Each object as `kind`, turned into an entry. Raises Unreadable where the rest of the file is lost."""
    decode = msgspec.json.Decoder(kind).decode
    for line, raw in objects(source):
        try:
            refuse_nul(raw)
            refuse_deep(raw)
            yield entry(decode(raw)).check()
        except Refused as refused:
            yield Fault(line, refused.field, refused.problem, refused.remedy)
        except msgspec.ValidationError as error:
            yield misfit(line, str(error))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            yield Fault(line, "line", f"It is not valid JSON: {error}.", "Write one JSON object here.")
        except (ValueError, OverflowError, OSError) as error:
            yield Fault(line, "record", f"A value is out of range: {error}.", "Correct it, or leave the record out.")


def refuse_nul(raw: bytes) -> None:
    if b"\\u0000" in raw and NUL.search(raw):
        raise Refused("line", "It holds the character U+0000, which no text in the database can.", "Take it out.")


def refuse_deep(raw: bytes) -> None:
    """Counted only where there are brackets enough."""
    if raw.count(b"[") + raw.count(b"{") <= DEEPEST:
        return
    depth = 0
    for bracket in BRACKET.finditer(raw):
        depth += bool(bracket[1]) - bool(bracket[2])
        if depth > DEEPEST:
            raise Refused("line", f"It is nested more than {DEEPEST} deep.", "Write the inner part as text.")


def misfit(line: int, message: str) -> Fault:
    """msgspec's "Expected `str`, got `int` - at `$.prompt[0].content`" as a fault."""
    said, found, place = message.rpartition(PLACE)
    problem = (said if found else message).replace("`", "")
    if len(problem) > LONGEST_PROBLEM:
        problem = f"{problem[:LONGEST_PROBLEM]} …"
    field = place.strip("`.") if found else ""
    return Fault(line, field or "record", f"{problem}.", "Correct the record, or leave it out.")


def objects(source: Readable) -> Iterator[tuple[int, bytes]]:
    """Each object's bytes with the number of the line on which it begins."""
    blocks = Blocks(source)
    stream = unpacked(blocks, io.BufferedReader(blocks, BLOCK))
    try:
        yield from array(stream) if starts_array(stream) else lines(stream)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise Unreadable(0, f"The gzip file is damaged: {error}.", "Make or download it again.") from error


def unpacked(blocks: Blocks, stream: io.BufferedReader) -> io.BufferedReader:
    if not stream.peek(2).startswith(GZIP):
        return stream
    return io.BufferedReader(Blocks(Inflated(blocks, stream)), BLOCK)


def starts_array(stream: io.BufferedReader) -> bool:
    return stream.peek(64).removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"[")


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    number = blank = 0
    while raw := stream.readline(LONGEST_RECORD + 1):
        number += 1
        if len(raw) > LONGEST_RECORD:
            raise too_long(number)
        raw = raw.removeprefix(BYTE_ORDER_MARK).strip()
        blank = 0 if raw else blank + 1
        if raw:
            yield number, raw
        elif blank == BLANK_LINES:
            raise Unreadable(number, f"The last {blank:,} lines are blank.", "Leave them out, or make the file again.")


def array(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """The elements of one JSON array; only the boundaries are found here, decoding is the caller's."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape")
    find_end = json.JSONDecoder(parse_float=str, parse_int=str).raw_decode
    buffer, line, start = text.read(BLOCK), 1, 0
    start = buffer.index("[") + 1
    line += buffer.count("\n", 0, start)
    while True:
        begin = BETWEEN.match(buffer, start).end()  # type: ignore[union-attr]  # it matches nothing at the least
        line += buffer.count("\n", start, begin)
        start = begin
        if buffer.startswith("]", start):
            return
        try:
            _, end = find_end(buffer, start)
        except json.JSONDecodeError as error:
            buffer, start = buffer[start:] + read_on(text, len(buffer) - start, line, error), 0
            continue
        except RecursionError as error:
            raise Unreadable(line, "A record here is nested too deep.", "Write its inner part as text.") from error
        yield line, buffer[start:end].encode("utf-8", errors="surrogateescape")
        line += buffer.count("\n", start, end)
        start = end


def read_on(text: io.TextIOWrapper, held: int, line: int, error: json.JSONDecodeError) -> str:
    """More text for an element that is not whole yet."""
    if held > LONGEST_RECORD:
        raise too_long(line)
    more = text.read(BLOCK)
    if not more:
        problem = f"The array is not valid JSON from here on ({error.msg}), or was cut short."
        raise Unreadable(line, problem, "Correct this element, or make the file again.")
    return more


def too_long(line: int) -> Unreadable:
    size = LONGEST_RECORD // 2**20
    return Unreadable(line, f"A record here does not end within {size} MiB.", "Is a quote or a line break missing?")
