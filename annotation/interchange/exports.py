"""Versions and pairs as files, streamed: the first byte at once, memory flat, however long the file is."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.text import get_valid_filename

from annotation.datasets.versions import records
from annotation.interchange.formats import WRITTEN
from annotation.interchange.json_output import as_jsonl
from annotation.models import Judgment, Pair, Response, Shown, Version

CONTAINERS = {"jsonl": "application/jsonl", "parquet": "application/vnd.apache.parquet"}
CHUNK = 500
FIRST_READ = {Shown.LEFT_FIRST: "first", Shown.RIGHT_FIRST: "second", Shown.BOTH: "both"}


class ExportRefused(Exception):
    """What was asked for cannot be written: the field and what it may be."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field, self.message = field, message


def export_version(
    version: Version, format: str = "records", container: str = "jsonl", split: str | None = None
) -> Iterator[bytes]:
    """The version in one of `formats.WRITTEN`, block by block. Raises ExportRefused before the first."""
    check(version, format, container)
    writing = WRITTEN[format]
    rows = writing.rows(records(version, split))
    if container == "jsonl" or writing.columns is None:
        return as_jsonl(rows)
    # Loads pyarrow, which only they who want Parquet should wait for.
    from annotation.interchange.parquet import as_parquet

    return as_parquet(rows, writing.columns)


def check(version: Version, format: str, container: str) -> None:
    fitting = [name for name, writing in WRITTEN.items() if version.kind in writing.kinds]
    if format not in fitting:
        raise ExportRefused("format", f"A version of {version.kind} is written as {', '.join(fitting)}.")
    if container not in CONTAINERS:
        raise ExportRefused("as", f"Choose one of {', '.join(CONTAINERS)}.")
    if container == "parquet" and WRITTEN[format].columns is None:
        raise ExportRefused("as", f"{WRITTEN[format].label} is written as jsonl only.")


def file_name(version: Version, format: str, container: str, split: str | None) -> str:
    """Letters, digits, `-`, `_` and `.` only: it is a header, and part of a command."""
    named = ".".join(filter(None, [f"{version.name}-v{version.number}", format, split, container]))
    return get_valid_filename(named.replace(" ", "-"))


def n_rows(version: Version, split: str | None) -> int:
    """How many rows the file will have; said before the first, so that one cut short is noticed."""
    return int(version.counts[split or "items"])


def export_pairs(pairs: QuerySet[Pair]) -> Iterator[bytes]:
    """Pairs with their current judgments and scores in the `pairs` format, in the order of their ids."""
    return as_jsonl(pair_record(pair) for pair in walked(pairs))


def walked(pairs: QuerySet[Pair]) -> Iterator[Pair]:
    scored = Response.objects.select_related("author").prefetch_related("scores__author")
    current = Judgment.objects.filter(superseded_at=None).select_related("author").order_by("pk")
    whole = pairs.select_related("prompt").prefetch_related(
        Prefetch("left", scored), Prefetch("right", scored), Prefetch("judgments", current)
    )
    last = 0
    while chunk := list(whole.filter(pk__gt=last).order_by("pk")[:CHUNK]):
        yield from chunk
        last = chunk[-1].pk


def pair_record(pair: Pair) -> dict[str, Any]:
    return {
        "prompt": pair.prompt.messages,
        "category": pair.prompt.category,
        "source": pair.source,
        "metadata": pair.metadata,
        "responses": [response_record(pair.left), response_record(pair.right)],
        "judgments": [judgment_record(judgment) for judgment in pair.judgments.all()],
    }


def response_record(response: Response) -> dict[str, Any]:
    return {
        "author": response.author.name,
        "kind": response.author.kind,
        "text": response.text,
        "metadata": response.metadata,
        "scores": {score.author.name: score.value for score in response.scores.all()},
    }


def judgment_record(judgment: Judgment) -> dict[str, Any]:
    said = ("grade", "preference", "both_bad", "consistent", "rationale", "seconds", "error", "details", "created_at")
    by = {"author": judgment.author.name, "kind": judgment.author.kind, "shown": FIRST_READ[Shown(judgment.shown)]}
    return by | {name: getattr(judgment, name) for name in said}
