"""Data in and out: published annotations, generated pairs beside a bare COPY of their rows, a version as a file."""

import io
import random
import time
from collections.abc import Callable, Iterator
from typing import Any

import orjson

from studio.embedded.steps import ROOT
from tests.bench.figures import Figure, Found, Skipped
from tests.bench.populate import WORDS
from tests.bench.studio import Studio

ANNOTATIONS = ROOT.parent / "shared" / "data" / "alpaca_eval" / "annotations_ae1" / "vicuna-13b.json"
PAIRS = 50_000
COPIED = ("prompt", "response", "pair", "judgment")


def measure(studio: Studio) -> Iterator[Found]:
    yield published()
    yield from generated()
    yield exported()


def published() -> Found:
    what = "import of AlpacaEval's annotations (805 rows)"
    if not ANNOTATIONS.exists():
        return Skipped(what, f"no {ANNOTATIONS.relative_to(ROOT.parent)} beside the repository")
    seconds = took(lambda: imported(ANNOTATIONS.read_bytes(), "alpaca_annotations", "moved-alpaca-eval"))
    return Figure(what, seconds, "s", 2)


def generated() -> Iterator[Found]:
    """The import, then the same rows by COPY into tables of the same columns, checks and indexes, without more."""
    lines = b"".join(orjson.dumps(line) + b"\n" for line in pairs(PAIRS))
    ours = took(lambda: imported(lines, "pairs", "moved"))
    label_studio = "3,600 to 4,800 (SQLite), 1,300 to 2,300 (PostgreSQL) tasks/s"
    size = f"{PAIRS:,} pairs, {len(lines) / 1e6:.0f} MB, each with two responses and a judgment"
    yield Figure("import of pairs", PAIRS / ours, "pairs/s", 10_000, True, label_studio, size)
    bare = sum(copied(f"annotation_{noun}") for noun in COPIED)
    detail = f"import {ours:.2f} s, COPY of the same rows {bare:.2f} s"
    yield Figure("import beside a bare COPY of its rows", ours / bare, "× its time", detail=detail)


def exported() -> Found:
    from annotation.datasets.versions import freeze
    from annotation.interchange.exports import export_version

    version = freeze("moved", "preferences", {"collections": ["moved"]})
    n, sizes = int(version.counts["items"]), list[int]()
    seconds = took(lambda: sizes.extend(map(len, export_version(version, "trl_preference"))))
    rest = f"{n:,} rows, {sum(sizes) / 1e6:.0f} MB of JSONL in {seconds:.2f} s, streamed"
    return Figure("export of a version for TRL", n / seconds, "pairs/s", 10_000, True, "340 to 590 tasks/s", rest)


def imported(content: bytes, format: str, collection: str) -> None:
    from annotation.interchange.imports import collection_named, import_file

    report = import_file(io.BytesIO(content), format, collection_named(collection))
    assert report.imported, report.faults


def pairs(count: int) -> Iterator[dict[str, Any]]:
    """Lines of the `pairs` format: no prompt twice, responses of a paragraph."""
    chance, words = random.Random(7), WORDS.split()

    def text(length: int) -> str:
        return " ".join(chance.choices(words, k=length))

    for number in range(count):
        responses = [{"author": f"bench-{side}", "text": text(60)} for side in ("one", "other")]
        verdict = {"author": "bench-mover", "kind": "judge", "grade": chance.randint(-3, 3), "shown": "both"}
        yield {"prompt": f"{number}: {text(14)}", "responses": responses, "judgments": [verdict]}


def copied(table: str) -> float:
    """Seconds of a COPY of a table's rows into an empty one like it. Foreign keys are not copied, nor paid for."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE bare (LIKE {table} INCLUDING ALL)")
        columns = ", ".join(stored(cursor, table))
        rows = io.StringIO()
        cursor.copy_expert(f"COPY (SELECT {columns} FROM {table} WHERE {OF_THE_BENCH[table]}) TO STDOUT", rows)
        rows.seek(0)
        seconds = took(lambda: cursor.copy_expert(f"COPY bare ({columns}) FROM STDIN", rows))
        cursor.execute("DROP TABLE bare")
    return seconds


MOVED = "(SELECT id FROM annotation_collection WHERE slug = 'moved')"
OF_THE_BENCH = {
    "annotation_prompt": f"collection_id = {MOVED}",
    "annotation_response": f"prompt_id IN (SELECT id FROM annotation_prompt WHERE collection_id = {MOVED})",
    "annotation_pair": f"collection_id = {MOVED}",
    "annotation_judgment": f"pair_id IN (SELECT id FROM annotation_pair WHERE collection_id = {MOVED})",
}


def stored(cursor: Any, table: str) -> list[str]:
    """The columns that are not generated from others."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'"
        " ORDER BY ordinal_position",
        [table],
    )
    return [name for (name,) in cursor.fetchall()]


def took(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began
