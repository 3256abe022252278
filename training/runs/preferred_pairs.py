"""Preferences that a run made of scores, as pairs of the responses that they are of.

So what is trained on them leads back: to the pair, its two responses, who wrote them and which reward model scored
them. These pairs are nobody's work until somebody asks for a judgment: see `annotation.models.pairs`.
"""

from array import array
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from annotation.models import Pair
from annotation.models.responses import text_digest
from annotation.review import pair_lock
from annotation.review.pairing import pair_chosen
from studio.database.statistics import MANY, analyse
from training.models import Run
from training.rundir import read_records
from training.runs.sources import responder
from training.runs.staged_rows import staged, storable

Record = dict[str, Any]

# Pairs in one transaction.
CHUNK = 5_000
# In the columns of a record; the id is that of a response which came out of the database.
COLUMNS = "place int, prompt_id bigint, chosen text, chosen_id bigint, rejected text, rejected_id bigint"
# Of one text by several authors, the one that is named, else the one whose responses were read, else the first.
FOUND = """
SELECT staged.place, min(chosen.id), min(rejected.id)
FROM staged
JOIN annotation_response chosen ON chosen.prompt_id = staged.prompt_id AND chosen.digest = staged.chosen
 AND chosen.id = coalesce(staged.chosen_id, chosen.id)
JOIN annotation_response rejected ON rejected.prompt_id = staged.prompt_id AND rejected.digest = staged.rejected
 AND rejected.id = coalesce(staged.rejected_id, rejected.id)
WHERE %(responder)s::bigint IS NULL OR chosen.author_id = %(responder)s AND rejected.author_id = %(responder)s
GROUP BY staged.place
"""
# What only leads from a preference to its responses: a frozen record names the pair instead.
NAMES = ("chosen_id", "rejected_id")


def source_of(run: Run) -> str:
    """What its pairs name as their source."""
    return f"run {run.pk}"


def records(run: Run, path: Path) -> Iterator[Record]:
    """The preferences of a file with `pair_id`. All pairs are made at once, in short transactions; again makes none.

    Of a preference whose responses are gone it is null.
    """
    return with_pairs(zip(read_records(path), make(run, path), strict=True))


def with_pairs(rows: Iterator[tuple[Record, int]]) -> Iterator[Record]:
    """Inside of the transaction in which what refers to the pairs is written: nobody deletes one meanwhile."""
    while chunk := list(islice(rows, CHUNK)):
        there = pair_lock.keep(pair for _, pair in chunk if pair)
        for record, pair in chunk:
            plain = {name: value for name, value in record.items() if name not in NAMES}
            yield plain | {"pair_id": pair if pair in there else None}


def make(run: Run, path: Path) -> "array[int]":
    """The pair's id for each preference of a file, in its order; 0 where there is none."""
    author, made = responder(run), array("q")
    rows = read_records(path)
    while chunk := list(islice(rows, CHUNK)):
        sides = responses(chunk, author)
        told = {"run": run.pk}
        pairs = pair_chosen(list(sides.values()), source_of(run), told, to_compare=False)
        ids = (pairs.get(sides[place]) if place in sides else None for place in range(len(chunk)))
        made.extend(pair.pk if pair else 0 for pair in ids)
    if len(made) >= MANY:
        analyse(Pair)
    return made


def responses(chunk: Iterable[Record], author: int | None) -> dict[int, tuple[int, int]]:
    """The ids of both responses, by the place of their preference in the chunk."""
    with staged(COLUMNS, [row(place, record) for place, record in enumerate(chunk)]) as cursor:
        cursor.execute(FOUND, {"responder": author})
        return {place: (chosen, rejected) for place, chosen, rejected in cursor.fetchall()}


def row(place: int, record: Record) -> tuple[Any, ...]:
    sides = ((record[side], record.get(f"{side}_id")) for side in ("chosen", "rejected"))
    texts = [(text_digest(storable(text)), pk if isinstance(pk, int) else None) for text, pk in sides]
    return place, record["prompt_id"], *texts[0], *texts[1]
