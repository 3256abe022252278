"""A rehearsal as its page shows it: a row for each stage, and of the first steps of a training what it takes."""

import re
from typing import Any, NamedTuple

from django.template.defaultfilters import filesizeformat

from frontend.kit.wording import span
from studio.words import counted, dollars
from training.models import Run
from training.recipes import orchestration
from training.recipes.rehearsals import starting
from training.runs.kinds import label_of

OF = {"host": "of the machine", "gpu": "of the GPU"}


class RehearsedRow(NamedTuple):
    name: str
    kind: str
    state: str
    words: str
    took: str
    step: str
    memory: str


class RehearsalTile(NamedTuple):
    label: str
    value: str
    how: str


class RehearsalPage(NamedTuple):
    title: str
    rows: list[RehearsedRow]
    estimate: list[RehearsalTile]
    act: str


def of_run(run: Run) -> RehearsalPage:
    told = {row["stage"]: row for row in run.result.get("stages", [])}
    stages = orchestration.file_of(run).stages
    is_training = run.spec["settings"]["whole_batches"]
    title = f"First {counted(run.spec['settings']['steps'], 'step')}" if is_training else "Stages"
    verb, found = "Launch" if is_training else "Start", run.result.get("estimate")
    rows = [row_of(stage.name, stage.kind, told.get(stage.name, {})) for stage in stages]
    return RehearsalPage(
        title, rows, tiles(found, run.result["stages"][0]) if found else [], f"{verb} {starting.label_of(run)}"
    )


def row_of(name: str, kind: str, told: dict[str, Any]) -> RehearsedRow:
    state = "failed" if "error" in told else "succeeded" if told else ""
    took, step = told.get("took"), told.get("seconds_a_step")
    return RehearsedRow(
        re.sub("[-_]", " ", name),
        label_of(kind),
        state,
        said(told),
        span(took) if took is not None else "",
        f"{step:.3g}" if step else "",
        memory(told.get("peak_memory", {})),
    )


def said(told: dict[str, Any]) -> str:
    if told.get("questions"):
        return f"{counted(told['questions'], 'question')}, {dollars(told['dollars'])}"
    return str(told.get("error") or told.get("skipped") or "")


def memory(peak: dict[str, int]) -> str:
    """Of the GPU where it used one."""
    name = "gpu" if "gpu" in peak else "host"
    return f"{filesizeformat(peak[name])} {OF[name]}" if name in peak else ""


def tiles(found: dict[str, Any], told: dict[str, Any]) -> list[RehearsalTile]:
    return [
        RehearsalTile("Most memory", memory(told["peak_memory"]), "Of the first process, over these steps."),
        RehearsalTile("Seconds a step", f"{told['seconds_a_step']:.3g}", "Of the later half of these steps."),
        RehearsalTile(
            "All of it",
            span(found["seconds"]),
            f"{counted(found['steps'], 'step')} at this pace, for rows of the mean length of the data.",
        ),
        RehearsalTile("At most", span(found["at_most"]), "If every row were as long as the longest."),
    ]
