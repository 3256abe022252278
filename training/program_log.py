"""`log.txt` of a run: all that its program printed, or, of more than LARGEST bytes, the beginning and the end.

A position counts every byte that was ever printed: whoever reads on after a cut goes on where they were.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

LARGEST = 16 * 1024**2
# What a cut leaves of it.
HEAD = 1 * 1024**2
TAIL = 8 * 1024**2
NOTE = "\n\n[ {:>20} bytes were left out here ]\n\n"
NOTE_BYTES = len(NOTE.format(0))
NOTED = re.compile(rb"\n\n\[ +(\d+) bytes were left out here \]\n\n")


@dataclass(frozen=True)
class ProgramLog:
    path: Path

    @property
    def size(self) -> int:
        """Bytes printed so far."""
        if not self.path.exists():
            return 0
        with self.path.open("rb") as file:
            moved = left_out(file)
            return file.seek(0, os.SEEK_END) + moved

    def part(self, start: int, most: int) -> tuple[bytes, int]:
        """At most `most` bytes from a position on, and the position after them; the note stands for what is gone.

        It ends with a line where there is one, so that no character is cut in two.
        """
        with self.path.open("rb") as file:
            moved = left_out(file)
            begin = file.seek(start if start <= HEAD else max(HEAD, start - moved))
            part = file.read(most)
        part = part[: part.rfind(b"\n") + 1] or part
        end = begin + len(part)
        return part, end if end <= HEAD else end + moved

    def cut(self) -> None:
        """Leave out the middle of what has grown too large, while the program goes on printing at its end.

        What it prints in the microseconds between the last look and the cut is lost.
        """
        if not self.path.exists() or self.path.stat().st_size <= LARGEST:
            return
        with self.path.open("rb+") as file:
            moved = left_out(file)
            file.seek(-TAIL, os.SEEK_END)
            tail = file.read()
            seen = file.tell()
            tail = tail[tail.find(b"\n") + 1 :]
            file.seek(HEAD)
            file.write(NOTE.format(seen + moved - len(tail) - HEAD).encode() + tail)
            end = file.tell()
            file.seek(seen)
            late = file.read()
            file.seek(end)
            file.write(late)
            file.truncate()


def left_out(file: BinaryIO) -> int:
    """By how many bytes the end of a log that was cut lies nearer to its beginning."""
    file.seek(HEAD)
    noted = NOTED.fullmatch(file.read(NOTE_BYTES))
    return int(noted[1]) - NOTE_BYTES if noted else 0
