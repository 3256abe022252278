"""Output that grows in chunks: what is written is whole and safe, and a killed program goes on behind it."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from training.rundir import RunDir, write_atomically


class FileProgress(msgspec.Struct, frozen=True):
    """How far a file has come: inputs done, bytes written for them, and how many rows came short."""

    inputs: int = 0
    bytes: int = 0
    counts: dict[str, int] = {}


class Appender:
    """`output/NAME.jsonl`. A chunk counts once its bytes are on disk and the mark behind it is set."""

    def __init__(self, run: RunDir, name: str) -> None:
        self.marker = run.checkpoints / f"{name}.mark.json"
        self.marker.parent.mkdir(parents=True, exist_ok=True)
        run.output.mkdir(parents=True, exist_ok=True)
        self.path: Path = run.output / f"{name}.jsonl"
        self.mark = (
            msgspec.json.decode(self.marker.read_bytes(), type=FileProgress)
            if self.marker.exists()
            else FileProgress()
        )
        self.file = self.path.open("ab")
        # Bytes behind the mark belong to a chunk that a crash cut.
        self.file.truncate(self.mark.bytes)

    def append(self, records: Iterable[dict[str, Any]], inputs: int, counts: dict[str, int]) -> None:
        self.file.seek(0, os.SEEK_END)
        self.file.writelines(msgspec.json.encode(record) + b"\n" for record in records)
        self.file.flush()
        os.fsync(self.file.fileno())
        added = {name: self.mark.counts.get(name, 0) + count for name, count in counts.items()}
        self.mark = FileProgress(self.mark.inputs + inputs, self.file.tell(), self.mark.counts | added)
        write_atomically(self.marker, msgspec.json.encode(self.mark))
