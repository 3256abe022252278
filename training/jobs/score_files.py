"""Files of scores, one for each reward model, as one score for each response, by tables in an index on disk.

A response that some file lacks has no score: a mean of fewer would be another measure. Numbers go through the index as
their eight bytes, since SQLite's own floats know no −0.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from math import sqrt
from operator import itemgetter
from pathlib import Path
from statistics import fmean
from struct import Struct
from typing import Any

import msgspec

from training.rundir import located_records
from training.specs.answers import Combine, Normalise

FLOAT = Struct("d")

SCHEMA = """
CREATE TABLE raw (response_id, model INTEGER, score BLOB, value REAL, PRIMARY KEY (response_id, model)) WITHOUT ROWID;
CREATE TABLE scores (response_id PRIMARY KEY, score BLOB) WITHOUT ROWID;
"""
ALONE = "INSERT INTO scores SELECT response_id, score FROM raw"
BY_RESPONSE = "SELECT response_id, score, model FROM raw ORDER BY response_id, model"
# Of equal scores each has the rank of the lowest; a score that stands alone has 0.
BY_RANK = """
SELECT response_id, share, model
FROM (SELECT response_id, model, percent_rank() OVER (PARTITION BY model ORDER BY value) AS share FROM raw)
ORDER BY response_id, model
"""
COMBINED: dict[Combine, Callable[[Sequence[float]], float]] = {"mean": fmean, "minimum": min}


class ResponseScore(msgspec.Struct):
    """What of a record is read: a response that has no score is passed over."""

    response_id: Any
    score: float | None = None


def packed(score: float | None) -> bytes | None:
    return None if score is None else FLOAT.pack(score)


def combine_into(index: sqlite3.Connection, files: Sequence[Path], combine: Combine, normalise: Normalise) -> None:
    """Makes the table `scores` of the files, and `raw` with what each says; the last word about a response counts."""
    index.executescript(SCHEMA)
    for model, path in enumerate(files):
        index.executemany(
            "INSERT OR REPLACE INTO raw VALUES (?, ?, ?, ?)",
            (
                (one.response_id, model, packed(one.score), one.score)
                for _, one in located_records(path, ResponseScore)
                if one.score is not None
            ),
        )
    if len(files) == 1 and normalise == "none":
        index.execute(ALONE)
        return
    together = COMBINED[combine]
    index.executemany(
        "INSERT INTO scores VALUES (?, ?)",
        (
            (response, packed(together(values)))
            for response, values in by_response(index, normalise)
            if len(values) == len(files)
        ),
    )


def by_response(index: sqlite3.Connection, normalise: Normalise) -> Iterator[tuple[Any, list[float]]]:
    """Each response with its scores, normalised, in the order of the files."""
    on_scale = scales(index) if normalise == "deviation" else {}
    rows = index.execute(BY_RANK if normalise == "rank" else BY_RESPONSE)
    for response, group in groupby(rows, key=itemgetter(0)):
        yield response, [number(value, on_scale.get(model)) for _, value, model in group]


def number(value: Any, scale: tuple[float, float] | None) -> float:
    found: float = FLOAT.unpack(value)[0] if isinstance(value, bytes) else value
    if scale is None:
        return found
    mean, deviation = scale
    return (found - mean) / deviation if deviation else 0.0


def scales(index: sqlite3.Connection) -> dict[int, tuple[float, float]]:
    """Mean and deviation of each model's scores; the second pass loses no digits."""
    found = {}
    for model, mean in index.execute("SELECT model, avg(value) FROM raw GROUP BY model").fetchall():
        squares = "SELECT avg((value - ?1) * (value - ?1)) FROM raw WHERE model = ?2"
        found[model] = mean, sqrt(index.execute(squares, (mean, model)).fetchone()[0])
    return found
