"""A format: a text file with a prompt on each line."""

import io
from collections.abc import Iterator

from annotation.interchange.entries import Entry, Fault, Turn
from annotation.interchange.json_input import Blocks, Readable


def parse(stream: Readable) -> Iterator[Entry | Fault]:
    for number, line in enumerate(io.BufferedReader(Blocks(stream)), start=1):
        if text := line.decode().strip():
            yield Entry(prompt=[Turn(role="user", content=text)], responses=[])
        else:
            yield Fault(number, "prompt", "The line is empty.", "Write a prompt on it, or take it out.")
