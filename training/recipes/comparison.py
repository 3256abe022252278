"""Two runs of recipes side by side: of each stage what was set otherwise, and what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Max

from training.models import Evaluation, Metric, Run
from training.recipes import orchestration
from training.recipes.report import stage_of
from training.recipes.stale import stale
from training.runs.figures import held_out

# Settings that name rows of this recipe by their ids: they differ between any two.
OF_ITS_OWN = {"comparisons", "authors"}
# TRL's count of what all processes have learnt from.
TOKENS = "num_tokens"


@dataclass(frozen=True)
class Figure:
    """A figure of a stage, with its 95 % interval where it has one, and on how many it rests.

    `unit` is for whoever writes it: number, share, count or hours.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = "number"


@dataclass(frozen=True)
class Side:
    """What one recipe has of a stage. Without a run it was not launched there; `stale` says why it is, if it is."""

    run: Run | None
    stale: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class DifferingSetting:
    """None where the stage has no such setting in that recipe."""

    name: str
    first: Any
    second: Any


@dataclass(frozen=True)
class ComparedStage:
    """`first` and `second` are None where that recipe has no such stage."""

    name: str
    kind: str
    first: Side | None
    second: Side | None
    differing: tuple[DifferingSetting, ...]

    @property
    def figures(self) -> list[tuple[str, Figure | None, Figure | None]]:
        """By name, those of both."""
        sides = [{one.name: one for one in side.figures} if side else {} for side in (self.first, self.second)]
        return [(name, sides[0].get(name), sides[1].get(name)) for name in {**sides[0], **sides[1]}]


@dataclass(frozen=True)
class Measured:
    """What is known of the stages of one recipe, read at once."""

    stages: Mapping[str, Side]
    kinds: Mapping[str, str]
    settings: Mapping[str, Mapping[str, Any]]


def compared(first: Run, second: Run) -> list[ComparedStage]:
    """Stage by stage, in the order of the first; what only the second has comes last."""
    ours, theirs = measured(first), measured(second)
    return [
        ComparedStage(
            name,
            ours.kinds.get(name) or theirs.kinds[name],
            ours.stages.get(name),
            theirs.stages.get(name),
            tuple(differing(ours.settings.get(name), theirs.settings.get(name))),
        )
        for name in {**ours.kinds, **theirs.kinds}
    ]


def measured(recipe: Run) -> Measured:
    pipeline, children = orchestration.pipeline_of(recipe), orchestration.children_of(recipe)
    is_stale, won, learnt = stale(pipeline.stages, children), win_rates(recipe), tokens(recipe)
    sides, settings = {}, {}
    for stage in pipeline.stages:
        run = children.get(stage.name)
        why = is_stale[stage.name].why if stage.name in is_stale else ""
        found = figures(run, learnt.get(run.pk), won.get(run.pk, [])) if run else ()
        sides[stage.name] = Side(run, why, tuple(found))
        if run:
            chosen = run.spec["settings"].items()
            settings[stage.name] = {name: value for name, value in chosen if name not in OF_ITS_OWN}
    return Measured(sides, {stage.name: stage.kind for stage in pipeline.stages}, settings)


def figures(run: Run, tokens: float | None, won: list[Figure]) -> Iterator[Figure]:
    loss = (run.result.get("figures") or {}).get("train_loss")
    if loss is not None:
        yield Figure("loss", loss)
    if found := held_out(run.result):
        if found.loss is not None:
            yield Figure("held-out loss", found.loss)
        if found.accuracy:
            right = found.accuracy
            yield Figure("held-out accuracy", right.estimate, right.low, right.high, right.n, "share")
    yield from won
    if tokens:
        yield Figure("tokens", tokens, unit="count")
    if run.duration:
        yield Figure("hours", run.duration.total_seconds() / 3600, unit="hours")


def win_rates(recipe: Run) -> dict[int, list[Figure]]:
    """Of evaluations by the run that made them: each stage against the one that it was compared with."""
    found: dict[int, list[Figure]] = {}
    rows = Evaluation.objects.filter(run__parent=recipe, run__superseded_at=None, win_rate__isnull=False)
    for row in rows.select_related("checkpoint__run", "baseline__run").order_by("decoding", "pk"):
        against = f" against {stage_of(row.baseline)}" if row.baseline else ""
        name = f"{stage_of(row.checkpoint)}{against} wins, {row.decoding}"
        figure = Figure(name, row.win_rate or 0.0, row.win_rate_low, row.win_rate_high, row.n, "share")
        found.setdefault(row.run_id, []).append(figure)
    return found


def tokens(recipe: Run) -> dict[int, float]:
    """What each stage has learnt from, passes added up."""
    read = Metric.objects.filter(run__parent=recipe, run__superseded_at=None, name=TOKENS)
    return dict(read.values_list("run").annotate(most=Max("value")))


def differing(first: Mapping[str, Any] | None, second: Mapping[str, Any] | None) -> Iterator[DifferingSetting]:
    """Nothing where only one recipe has run the stage."""
    if first is None or second is None:
        return
    for name in {**first, **second}:
        if first.get(name) != second.get(name):
            yield DifferingSetting(name, first.get(name), second.get(name))
