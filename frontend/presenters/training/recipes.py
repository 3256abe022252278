"""The stages of a recipe as a picture: which stand side by side, and what is known of each."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from training.models import Run
from training.recipes import orchestration
from training.recipes.stages import Stage
from training.runs.forms import FormInvalid
from training.runs.kinds import label_of

Layers = list[list[dict[str, Any]]]


def layers(stages: Sequence[Stage], runs: Mapping[str, Run]) -> Layers:
    """A layer for each depth: a stage stands behind everything that it needs."""
    depth: dict[str, int] = {}
    for stage in stages:
        depth[stage.name] = 1 + max((depth.get(need, -1) for need in stage.needs), default=-1)
    laid: Layers = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for stage in stages:
        laid[depth[stage.name]].append(shown(stage.name, stage.kind, runs.get(stage.name)))
    return laid


def of_recipe(run: Run) -> Layers:
    """Those of a recipe's run. Of one that is no longer known so, what it started, in that order."""
    children = {child.stage: child for child in run.children.order_by("id")}
    try:
        return layers(orchestration.stages_of(run), children)
    except FormInvalid:
        return [[shown(child.stage, child.kind, child)] for child in children.values()]


def shown(name: str, kind: str, run: Run | None) -> dict[str, Any]:
    return {
        "name": re.sub("[-_]", " ", name),
        "kind": label_of(kind),
        "state": run.state if run else "",
        "run": run,
    }
