"""What sampling runs left, read back as files: every response as often as it was drawn, which the database forgets."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from annotation.datasets import versions
from annotation.models import Version
from training.models import Checkpoint, Evaluation, Run, RunVersion
from training.rundir import read_records
from training.runs.failures import RunFailed

Record = dict[str, Any]
Responses = dict[int, list[str]]


def has(run: Run, role: str) -> bool:
    """Whether the run was given this input."""
    return role in run.spec["outputs"] or run.run_versions.filter(role=RunVersion.Role.INPUT, name=role).exists()


def version_of(run: Run, role: str) -> Version:
    return run.run_versions.select_related("version").get(role=RunVersion.Role.INPUT, name=role).version


def records(run: Run, role: str) -> Iterator[Record]:
    """The records of an input of `run`, from a version or straight from the run that made them. Raises RunFailed."""
    row = run.run_versions.filter(role=RunVersion.Role.INPUT, name=role).select_related("version").first()
    if row:
        return versions.records(row.version)
    source = run.spec["outputs"][role]
    path = Run.objects.get(pk=source["run"]).directory / "output" / source["file"]
    if not path.is_file():
        raise RunFailed(f"{path} is not there. Copy it back, or sample anew.")
    return read_records(path)


def responses_by(checkpoint: Checkpoint, prompts: Version, decoding: str) -> Responses:
    """What the newest sampling of `prompts` by `checkpoint` gave each of them; empty where there was none."""
    found: Responses = defaultdict(list)
    for run in samplings(checkpoint, prompts):
        roles = set(run.run_versions.filter(version=prompts).values_list("name", flat=True))
        for draw in run.spec["settings"]["draws"]:
            if draw["prompts"] in roles and is_decoded(draw, decoding):
                for record in read_records(run.directory / "output" / f"{draw['name']}.jsonl"):
                    found[record["prompt_id"]].append(record["response"])
        if found:
            break
    return found


def samplings(checkpoint: Checkpoint, prompts: Version) -> Iterator[Run]:
    read = Run.objects.filter(run_versions__version=prompts, run_versions__role=RunVersion.Role.INPUT)
    made = read.filter(kind=Run.Kind.SAMPLE, state=Run.State.SUCCEEDED, checkpoint=checkpoint)
    made = made.filter(run_checkpoints=None)
    return made.order_by("-pk").iterator()


def is_decoded(draw: Record, decoding: str) -> bool:
    return bool(draw["temperature"]) == (decoding == Evaluation.Decoding.SAMPLED)
