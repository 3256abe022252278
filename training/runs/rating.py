"""A run that has responses rated: every judge by itself, and one score of all of them for what follows."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from statistics import fmean
from typing import Any

import msgspec

from annotation.judges.config.registry import Judge, JudgeInvalid
from annotation.models import Response, Score
from annotation.models.responses import text_digest
from studio.database.retry import patiently
from training.models import Run
from training.rundir import RunDir, write_atomically
from training.runs import judge_session, samples
from training.runs.failures import RunFailed
from training.runs.judge_session import JudgeProgress
from training.runs.staged_rows import storable
from training.worker.renewal import Renewal

Record = dict[str, Any]
# A prompt and the digest of a text: whoever wrote it, and in whatever run.
Text = tuple[int, str]

PROMPTS_AT_ONCE = 500
COMBINED: dict[str, Callable[[Sequence[float]], float]] = {"mean": fmean, "minimum": min}


def rate(run: Run, renewal: Renewal) -> dict[str, Any]:
    """Ratings of all responses by all judges, and `output/scores.jsonl` of them. Raises RunFailed, RunStopped."""
    settings = run.spec["settings"]
    judges = [judge_session.named(name) for name in (settings["judge"], *settings["further_judges"])]
    ids = patiently(lambda: [pk for chunk in chunks(run) for pk in stored(chunk).values()])
    responses = Response.objects.filter(pk__in=ids)
    progress = JudgeProgress(renewal, [len(ids)] * len(judges), noun="response")
    for judge in judges:
        progress.begin(len(ids))
        try:
            judge_session.rate_responses(run, judge, responses, progress)
        except JudgeInvalid as error:
            raise RunFailed(f"{judge.title} cannot rate single responses: {error}") from error
    progress.end()
    counts = patiently(lambda: write_scores(run, judges))
    return {"counts": counts, "judge": judges[0].author.name} | judge_session.spent(run)


def chunks(run: Run) -> Iterator[list[Record]]:
    records = samples.records(run, "responses")
    while chunk := list(islice(records, PROMPTS_AT_ONCE)):
        yield chunk


def text_of(record: Record) -> Text:
    return record["prompt_id"], text_digest(storable(record["response"]))


def stored(chunk: list[Record]) -> dict[Text, int]:
    """One response for each text of the chunk: of several authors who wrote the same, the first."""
    texts = {text_of(record) for record in chunk}
    found = Response.objects.filter(prompt__in={prompt for prompt, _ in texts}, digest__in={each for _, each in texts})
    rows = found.order_by("-pk").values_list("prompt", "digest", "pk")
    return {(prompt, digest): pk for prompt, digest, pk in rows if (prompt, digest) in texts}


def write_scores(run: Run, judges: list[Judge]) -> dict[str, int]:
    """A line for each response that all judges rated, in the order of the input."""
    authors, combine = [judge.author.pk for judge in judges], COMBINED[run.spec["settings"]["combine"]]
    lines, counts = list[bytes](), {"scores": 0, "without": 0}
    for chunk in chunks(run):
        known = stored(chunk)
        rated = ratings(list(known.values()), authors)
        for record in chunk:
            values = rated.get(known.get(text_of(record), 0), {})
            if len(values) < len(authors):
                counts["without"] += 1
                continue
            counts["scores"] += 1
            each = [values[author] for author in authors]
            told = {"response_id": record["response_id"], "prompt_id": record["prompt_id"]}
            lines.append(msgspec.json.encode(told | {"score": combine(each), "scores": each}) + b"\n")
    output = RunDir(run.directory).output
    output.mkdir(parents=True, exist_ok=True)
    write_atomically(output / "scores.jsonl", b"".join(lines))
    return counts


def ratings(responses: list[int], authors: list[int]) -> dict[int, dict[int, float]]:
    """By response, what each of the authors gave."""
    rows = Score.objects.filter(response__in=responses, author__in=authors).order_by("response")
    named = rows.values_list("response", "author", "value")
    return {pk: {author: value for _, author, value in of_one} for pk, of_one in groupby(named, lambda row: row[0])}
