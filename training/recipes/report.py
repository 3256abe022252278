"""A recipe's run in lines of text: what happened since one last looked, and the table at the end."""

from collections.abc import Iterator

from annotation.statistics.intervals import Interval
from studio.words import counted
from training.models import Checkpoint, Evaluation, Run
from training.runs import names
from training.runs.figures import best_of_n, held_out

HEADER = ("checkpoint", "against", "decoding", "n", "points [95 %]", "wins [95 %]", "points apart [95 %]")


def news(run: Run, told: dict[str, str]) -> Iterator[str]:
    """A line for each stage whose state changed; `told` remembers what was said."""
    for stage in run.children.order_by("pk"):
        name = names.short(stage) if stage.attempt > 1 else stage.stage
        if told.get(name) != stage.state:
            told[name] = stage.state
            took = f" in {stage.duration.total_seconds():.0f} s" if stage.ended_at and stage.duration else ""
            yield f"{name}: {stage.state}{took}"


def table(run: Run) -> str:
    """Every evaluation of the recipe's stages; `(control)` marks what only stands beside a stage."""
    evaluations = Evaluation.objects.filter(run__parent=run, run__superseded_at=None).select_related(
        "checkpoint__run", "baseline__run", "judge"
    )
    found = list(evaluations.order_by("decoding", "pk"))
    if not found:
        return "Nothing was evaluated."
    rows = [HEADER, *map(row, found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(each, widths, strict=True)).rstrip() for each in rows)
    judge = f"Judge: {found[0].judge}. Intervals are over prompts; a tie counts half."
    return "\n".join([*lines, judge])


def rewards(run: Run) -> Iterator[str]:
    """A line for each stage that measured a reward model, by grade too, or chose the best of n by its scores."""
    for stage in run.stages.order_by("pk"):
        if (found := held_out(stage.result)) and found.accuracy and found.majority is not None:
            yield f"{stage.stage}: right on {right(found.accuracy)}; {found.rule} is right on {found.majority:.3f}"
            yield from (f"  grade {each.name}: {right(each.accuracy)}" for each in found.grades)
        if curve := best_of_n(stage.result):
            scores = ", ".join(f"{point.n}: {figure(point.score, point.low, point.high)}" for point in curve)
            yield f"{stage.stage}: mean best reward of n over {counted(curve[-1].prompts, 'prompt')}, {scores}"


def right(accuracy: Interval) -> str:
    return f"{figure(accuracy.estimate, accuracy.low, accuracy.high)} of {counted(accuracy.n, 'held-out pair')}"


def row(evaluation: Evaluation) -> tuple[str, ...]:
    control = " (control)" if evaluation.is_control else ""
    apart = evaluation.details.get("difference", {})
    return (
        f"{stage_of(evaluation.checkpoint)}{control}",
        stage_of(evaluation.baseline) if evaluation.baseline else "–",
        evaluation.decoding,
        str(evaluation.n),
        figure(evaluation.score, evaluation.score_low, evaluation.score_high),
        figure(evaluation.win_rate, evaluation.win_rate_low, evaluation.win_rate_high),
        figure(apart.get("estimate"), apart.get("low"), apart.get("high"), sign="+"),
    )


def stage_of(checkpoint: Checkpoint) -> str:
    """The stage that made it: `dpo`, not `dpo-12`."""
    return checkpoint.run.stage if checkpoint.run and checkpoint.run.stage else checkpoint.name


def figure(value: float | None, low: float | None, high: float | None, sign: str = "") -> str:
    if value is None:
        return "–"
    between = "" if low is None or high is None else f" [{low:{sign}.3f}, {high:{sign}.3f}]"
    return f"{value:{sign}.3f}{between}"
