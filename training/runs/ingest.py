"""A run directory back into the database. Each part is idempotent: the same directory twice adds nothing."""

import hashlib
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction
from django.utils.module_loading import import_string

from annotation.datasets import versions
from annotation.models import Author, Response, Score, Version
from annotation.models.responses import text_digest
from studio.database.statistics import analyse
from training.checkpoints import remote_code
from training.models import Checkpoint, Run, RunVersion, TaskResult
from training.rundir import OutputFile, Result, RunDir, read_records
from training.runs import names, preferred_pairs
from training.runs.kinds import KINDS
from training.runs.sources import loaded, responder, scorers, scores_of
from training.runs.staged_rows import merge, storable, storable_record
from training.worker.live_output import record_metrics

Record = dict[str, Any]

# What a response says of how it was sampled.
KEPT_OF_ANSWERS = ("temperature", "finish_reason", "logprob", "logprob_mean")
# Rows in one transaction.
CHUNK = 5_000

RESPONSES = """
INSERT INTO annotation_response (project_id, prompt_id, author_id, text, digest, length, metadata, created_at)
SELECT %(project)s, prompt_id, author, text, digest, length, metadata, now() FROM staged
ON CONFLICT (prompt_id, author_id, digest) DO NOTHING
"""
# A response that came out of another run has no id yet in its file: it is known by its prompt, author and text.
SCORES = """
INSERT INTO annotation_score (project_id, response_id, author_id, value, created_at)
SELECT DISTINCT ON (response.id) response.project_id, response.id, %(author)s, staged.value, now()
FROM staged JOIN annotation_response response
  ON response.prompt_id = staged.prompt_id AND response.digest = staged.digest
 AND (response.id = staged.response_id
      OR staged.response_id IS NULL AND response.author_id = coalesce(%(responder)s, response.author_id))
ON CONFLICT (response_id, author_id) DO NOTHING
"""


def ingest(run: Run, directory: RunDir) -> dict[str, Any]:
    """All that a program which succeeded left behind; its result as plain data."""
    result = directory.read_result()
    if result is None:
        raise FileNotFoundError(directory.path / "result.json")
    record_metrics(run.pk, directory.read_metrics()[0])
    import_string(KINDS[run.kind].ingest)(run, directory, result)
    plain: dict[str, Any] = msgspec.to_builtins(result)
    return plain


def chunks(path: Path) -> Iterator[list[Record]]:
    records = read_records(path)
    while chunk := list(islice(records, CHUNK)):
        yield chunk


# Checkpoints


@transaction.atomic
def register(run: Run, directory: RunDir, result: Result) -> None:
    """The checkpoint that a trainer made, with the author that it is in annotation."""
    kind = KINDS[run.kind].makes
    if kind is None or Checkpoint.objects.filter(run=run).exists():
        return
    called = names.made(run)
    name = called if not Checkpoint.objects.filter(name=called).exists() else f"{called} #{run.pk}"
    Checkpoint.objects.create(
        name=name,
        kind=kind,
        author=author_of(kind, name),
        base=run.checkpoint,
        run=run,
        path=f"{run.pk}/output",
        template=template_of(run),
        code_allowed=remote_code.inherited(run.checkpoint, directory.output),
        digest=digest_of_weights(result.files),
        parameters=result.figures.get("parameters"),
    )


def author_of(kind: str, name: str) -> Author:
    role = Author.Kind.MODEL if kind == Checkpoint.Kind.POLICY else Author.Kind.REWARD_MODEL
    author, _ = Author.objects.get_or_create(kind=role, name=name)
    return author


def template_of(run: Run) -> str:
    chosen: str = run.spec["settings"].get("template", "own")
    return run.checkpoint.template if chosen == "own" and run.checkpoint else chosen


def digest_of_weights(files: dict[str, OutputFile]) -> str:
    """That of the one weights file; of several, that of their digests in the order of their names."""
    digests = [files[name].sha256 for name in sorted(files) if name.endswith(".safetensors")]
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


# Responses and scores


def store_draws(run: Run, directory: RunDir, result: Result) -> None:
    for draw in run.spec["settings"]["draws"]:
        store_responses(run, directory.output / f"{draw['name']}.jsonl", draw)
    analyse(Response)


def store_responses(run: Run, path: Path, draw: dict[str, Any]) -> None:
    """Of several checkpoints each record says which of them wrote it, by its place among them."""
    assert run.checkpoint
    authors = [run.checkpoint.author_id, *(row.checkpoint.author_id for row in loaded(run))]
    for chunk in chunks(path):
        rows = [(authors[record.get("place", 0)], *response_row(record, draw, run)) for record in chunk]
        columns = "author bigint, prompt_id bigint, text text, digest text, length int, metadata jsonb"
        merge(columns, rows, RESPONSES, {"project": run.project_id})


def response_row(record: Record, draw: dict[str, Any], run: Run) -> tuple[Any, ...]:
    text = storable(record["response"])
    metadata = {"run": run.pk, "draw": draw["name"], "temperature": draw["temperature"], "top_p": draw["top_p"]}
    # A benchmark may want another temperature for each question.
    metadata |= {name: record[name] for name in KEPT_OF_ANSWERS if name in record}
    metadata |= {"turns": [storable(turn) for turn in record["turns"]]} if "turns" in record else {}
    return record["prompt_id"], text, text_digest(text), len(text), metadata


def store_scores(run: Run, directory: RunDir, result: Result) -> None:
    """What each reward model said itself; what several say together is of no author."""
    raters = scorers(run)
    for number, rater in enumerate(raters, 1):
        store_scores_of(rater, run, directory, f"scores_{number}.jsonl" if len(raters) > 1 else "scores.jsonl")
    analyse(Score)


def store_scores_of(rater: int, run: Run, directory: RunDir, file: str) -> None:
    authors = {"author": rater, "responder": responder(run)}
    responses = read_records(directory.resolve(directory.spec.data["responses"].path))
    rows = (score_row(*both) for both in matched(responses, read_records(directory.output / file)))
    while chunk := list(islice(rows, CHUNK)):
        merge("prompt_id bigint, digest text, response_id bigint, value double precision", chunk, SCORES, authors)


def matched(responses: Iterator[Record], scores: Iterator[Record]) -> Iterator[tuple[Record, Record]]:
    """Each score with its response. Scores stand in the order of the responses; some responses have none."""
    for score in scores:
        for response in responses:
            if response["response_id"] == score["response_id"]:
                yield response, score
                break


def score_row(response: Record, score: Record) -> tuple[Any, ...]:
    named = response["response_id"]
    known = named if isinstance(named, int) else None
    return response["prompt_id"], text_digest(storable(response["response"])), known, score["score"]


# Classical benchmarks


@transaction.atomic
def store_task_results(run: Run, directory: RunDir, result: Result) -> None:
    """A part that two of the groups share was measured twice with one result; it is kept once."""
    assert run.checkpoint
    settings = run.spec["settings"]
    asked = {"chat": settings["chat"], "limit": settings["limit"]}
    for task in settings["tasks"]:
        for found in msgspec.json.decode((directory.output / f"{task}.json").read_bytes()):
            if main := found.pop("main"):
                row = {"metric": main["name"], "value": main["value"], "standard_error": main["standard_error"]}
                name = found.pop("task")
                defaults = found | row | asked | {"checkpoint": run.checkpoint}
                TaskResult.objects.update_or_create(run=run, task=name, defaults=defaults)


# Versions


def keep_versions(run: Run, directory: RunDir, result: Result) -> None:
    """What was kept, frozen: demonstrations for finetuning, and preferences, each of which is a pair."""
    for path in sorted(directory.output.glob("*.jsonl")):
        first = next(read_records(path), None)
        if first and not run.run_versions.filter(role=RunVersion.Role.OUTPUT, name=path.stem).exists():
            is_preference = "chosen" in first
            kind = Version.Kind.PREFERENCES if is_preference else Version.Kind.DEMONSTRATIONS
            freeze(run, path, kind, preferred_pairs.records(run, path) if is_preference else read_records(path))


@transaction.atomic
def freeze(run: Run, path: Path, kind: Version.Kind, records: Iterator[Record]) -> None:
    made: dict[str, Any] = {"run": run.pk, "file": f"output/{path.name}"}
    if rated_by := scores_of(run):
        made["scores_by"] = " and ".join(rated_by)
    version = versions.freeze_rows(named(run, path.stem), kind, map(storable_record, records), made, run.requested_by)
    RunVersion.objects.create(run=run, version=version, role=RunVersion.Role.OUTPUT, name=path.stem)


def named(run: Run, stem: str) -> str:
    """`best-12`, and of a stage that is not called so `pairs-best-12`; or `mine · best` of a run called mine."""
    if run.is_named:
        return f"{run.name} · {stem}"
    stage = f"{run.stage}-" if run.stage not in ("", stem) else ""
    return f"{stage}{stem}-{names.ending(run)}"
