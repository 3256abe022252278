"""Sampled responses into the database, beside a bare COPY of the same rows, and what memory that takes."""

import io
import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import msgspec

from tests.bench.figures import Figure, Found
from tests.bench.moving import stored, took
from tests.bench.populate import WORDS
from tests.bench.studio import Studio

if TYPE_CHECKING:
    from training.models import Run

EACH = 64
# Of 10,000: memory is measured at a tenth of the rows and at all of them, and says what more rows would take.
PROMPTS = 1_000
DRAW: dict[str, Any] = {"name": "responses", "temperature": 1.0, "top_p": 1.0}


def measure(studio: Studio) -> Iterator[Found]:
    run = sampled_run()
    with TemporaryDirectory() as folder:
        small, whole = (written(Path(folder), prompts) for prompts in (PROMPTS // 10, PROMPTS))
        first, _ = ingested(run, small)
        second, ours = ingested(run, whole)
    bare = copied(run)
    rows = EACH * PROMPTS
    detail = f"{rows:,} responses: {ours:.1f} s, by COPY {bare:.1f} s"
    yield Figure("responses ingested beside a bare COPY", bare / ours, "of its speed", 0.5, True, detail=detail)
    yield Figure("memory of ten times the responses ingested", second / first, "×", 1.1, detail=f"{second:.0f} MB")


def sampled_run() -> "Run":
    """On record, and run by nobody."""
    from training.models import Checkpoint, Run
    from training.runs.ingest import author_of

    checkpoint = Checkpoint.objects.create(
        name="bench", kind="policy", author=author_of("policy", "bench"), path="bench"
    )
    settings = {"settings": {"draws": [DRAW]}}
    return Run.objects.create(
        kind="sample", name="bench", spec=settings, queue="gpu", checkpoint=checkpoint, state=Run.State.SUCCEEDED
    )


def written(folder: Path, count: int) -> Path:
    """The file of a draw: no response of a prompt twice."""
    from annotation.models import Prompt

    chance, words, path = random.Random(count), WORDS.split(), folder / f"{count}.jsonl"
    prompts = Prompt.objects.filter(collection__slug="toy-train").order_by("pk").values_list("pk", flat=True)[:count]
    with path.open("wb") as file:
        for prompt in prompts:
            for number in range(EACH):
                response = f"{count} {number} {' '.join(chance.choices(words, k=60))}"
                record = {"prompt_id": prompt, "response": response, "finish_reason": "stop"}
                file.write(msgspec.json.encode(record) + b"\n")
    return path


def ingested(run: "Run", path: Path) -> tuple[float, float]:
    """The most memory that this process held meanwhile, in megabytes, and seconds."""
    from training.runs.ingest import store_responses

    Path("/proc/self/clear_refs").write_text("5")
    seconds = took(lambda: store_responses(run, path, DRAW))
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:"))) / 1000, seconds


def copied(run: "Run") -> float:
    """Seconds of a COPY of those rows into an empty table with the same columns, checks and indexes."""
    from django.db import connection

    assert run.checkpoint
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE bare (LIKE annotation_response INCLUDING ALL)")
        columns, rows = ", ".join(stored(cursor, "annotation_response")), io.StringIO()
        # The larger draw alone: a response begins with the number of its draw's prompts.
        chosen = f"author_id = {run.checkpoint.author_id} AND text LIKE '{PROMPTS} %'"
        cursor.copy_expert(f"COPY (SELECT {columns} FROM annotation_response WHERE {chosen}) TO STDOUT", rows)
        rows.seek(0)
        return took(lambda: cursor.copy_expert(f"COPY bare ({columns}) FROM STDIN", rows))
