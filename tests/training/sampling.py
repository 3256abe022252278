"""Runs that sampled responses to prompts of the toy world, and ended."""

import json
from pathlib import Path
from typing import Any

from annotation.models import Collection, Prompt, Version
from training.models import Checkpoint, Run
from training.rundir import Result, RunDir
from training.runs import ingest, launching
from training.worker import transitions

GOOD, POOR = "Here are three animals: cat, dog and fox.", "hammer hammer"
NAMES = ("Anna", "Ben", "Clara", "David", "Emma", "Frank")


def toy_prompts(collection: Collection) -> list[Prompt]:
    """Six, which the rubrics can read."""
    texts = [f"{name} is at home at noon. List three animals." for name in NAMES]
    return [
        Prompt.objects.create(collection=collection, messages=[{"role": "user", "content": text}]) for text in texts
    ]


def sampled(
    asked: Version, prompts: list[Prompt], checkpoint: Checkpoint, responses: list[str], greedy: str | None = None
) -> Run:
    """The checkpoint gave these responses to every prompt."""
    draws: list[dict[str, Any]] = [{"name": "sampled", "n": len(responses)}]
    draws += [{"name": "greedy", "temperature": 0}] if greedy else []
    run = launching.launch("sample", {"draws": draws}, checkpoint=checkpoint, inputs={"prompts": asked})
    directory = RunDir(run.directory)
    directory.output.mkdir(parents=True)
    write(directory.output / "sampled.jsonl", prompts, responses)
    write(directory.output / "greedy.jsonl", prompts, [greedy] if greedy else [])
    directory.finish(Result(kind="sample", state="succeeded"))
    claim = transitions.claim(run.pk, "w1")
    assert claim
    transitions.finish(claim, ingest.ingest(run, directory))
    return run


def write(path: Path, prompts: list[Prompt], responses: list[str]) -> None:
    rows = [
        {"response_id": f"{prompt.pk}/{number}", "prompt_id": prompt.pk, "prompt": prompt.messages, "response": text}
        for prompt in prompts
        for number, text in enumerate(responses)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
