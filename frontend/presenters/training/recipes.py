"""The stages of a recipe as a picture: which stand side by side, and what is known of each."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db.models import Q

from frontend.templatetags.figures import digits
from training.models import Run
from training.recipes import orchestration
from training.recipes.stages import Stage
from training.recipes.stale import stale
from training.runs.figures import BestOf, HeldOut, best_of_n, held_out
from training.runs.kinds import label_of

Layers = list[list[dict[str, Any]]]


class Reward(NamedTuple):
    """A stage with what it says of a reward model: its accuracy, or what choosing by it gains."""

    run: Run
    held_out: HeldOut | None
    best_of_n: list[BestOf]

    @property
    def digits(self) -> int:
        return digits(self.best_of_n) if self.best_of_n else 0

    @property
    def figures(self) -> dict[str, Any]:
        """Also the tenth percentile and the spread of a prompt's scores, and how they go with length."""
        found: dict[str, Any] = self.run.result.get("figures") or {}
        return found


def layers(stages: Sequence[Stage], runs: Mapping[str, Run]) -> Layers:
    """A layer for each depth: a stage stands behind everything that it needs."""
    is_stale = stale(stages, runs)
    depth: dict[str, int] = {}
    for stage in stages:
        depth[stage.name] = 1 + max((depth.get(need, -1) for need in stage.uses), default=-1)
    laid: Layers = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for stage in stages:
        why = is_stale[stage.name].why if stage.name in is_stale else ""
        laid[depth[stage.name]].append(shown(stage.name, stage.kind, runs.get(stage.name), why))
    return laid


def of_recipe(run: Run) -> Layers:
    """Those of a recipe's run; of one that was never started as a whole, what it started."""
    children = {child.stage: child for child in run.stages.order_by("id")}
    if "recipe" not in run.spec:
        return [[shown(child.stage, child.kind, child)] for child in children.values()]
    return layers(orchestration.pipeline_of(run).stages, children)


def rewards(recipe: Run) -> list[Reward]:
    """The stages of a recipe that trained a reward model or chose by its scores, in their order."""
    measured = Q(kind=Run.Kind.REWARD, result__figures__has_key="held_out")
    told = recipe.stages.filter(measured | Q(result__figures__has_key="best_of_n"))
    return [Reward(run, held_out(run.result), best_of_n(run.result)) for run in told.order_by("pk")]


def stale_stages(laid: Layers) -> list[dict[str, Any]]:
    return [stage for layer in laid for stage in layer if stage["stale"]]


def earlier(recipe: Run) -> list[Run]:
    """What stood in the place of a stage before it was run again, the newest first."""
    return list(recipe.children.exclude(superseded_at=None).order_by("-pk"))


def shown(name: str, kind: str, run: Run | None, stale: str = "") -> dict[str, Any]:
    return {
        "name": re.sub("[-_]", " ", name),
        "kind": label_of(kind),
        "state": run.state if run else "",
        "run": run,
        "stale": stale,
    }
