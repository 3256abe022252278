"""Data of a run directory, as a worker would have written it."""

from collections.abc import Iterable
from typing import Any

import msgspec

from training.rundir import RunDir
from training.specs import DataFile


def write_data(run: RunDir, name: str, records: Iterable[Any]) -> DataFile:
    """`data/NAME.jsonl`, one record a line."""
    path = run.path / "data" / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(msgspec.json.encode(record) + b"\n" for record in records))
    return DataFile(path=f"data/{name}.jsonl", sha256=run.data_file(path).sha256)
