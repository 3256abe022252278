"""Evaluations as a table to read: one row for each thing compared, and sentences made from the numbers alone."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from studio.words import counted
from training.models import Checkpoint, Evaluation

SAMPLED, GREEDY = Evaluation.Decoding.SAMPLED, Evaluation.Decoding.GREEDY
HOW_RATE = "Wins plus half the ties over the prompts compared. Failed judgments are left out and counted apart."
HOW_SCORE = "The judge’s mean score over prompts."
# What a table shows of an evaluation and of its two checkpoints: their runs' specs and results are long.
SHOWN = (
    *(
        "run",
        "checkpoint",
        "baseline",
        "judge__name",
        "prompts__project",
        "decoding",
        "is_control",
        "n",
        "failed",
        "details",
    ),
    *("win_rate", "win_rate_low", "win_rate_high", "score", "score_low", "score_high", "mean_length"),
    *("checkpoint__name", "checkpoint__base", "checkpoint__author", "checkpoint__run__stage"),
    *("baseline__name", "baseline__base", "baseline__author", "baseline__run__stage"),
)
MIXED = "mixed"
DECODING = {SAMPLED: "sampling", GREEDY: "greedy decoding"}


@dataclass(frozen=True)
class MeasuredCheckpoint:
    """A checkpoint, alone or against a baseline, under one judge: sampled and greedy side by side."""

    checkpoint: Checkpoint
    baseline: Checkpoint | None
    is_control: bool
    by: dict[str, Evaluation]

    @property
    def sampled(self) -> Evaluation | None:
        return self.by.get(SAMPLED)

    @property
    def greedy(self) -> Evaluation | None:
        return self.by.get(GREEDY)

    @property
    def first(self) -> Evaluation:
        return self.sampled or self.by[GREEDY]


@dataclass(frozen=True)
class Finding:
    """One sentence; `tone` says whether the numbers show it (good), show the opposite (bad), leave it open, or say one
    thing here and another there (mixed)."""

    tone: str
    words: str


@dataclass(frozen=True)
class EvaluationTable:
    rows: list[MeasuredCheckpoint]
    findings: list[Finding]
    # The ends of the axis on which scores are drawn.
    lowest: float
    highest: float
    has_scores: bool
    has_greedy: bool
    judges: list[str]
    how_rate: str = HOW_RATE
    how_score: str = HOW_SCORE


def newest() -> EvaluationTable | None:
    """What the newest evaluation measured, with all of its recipe."""
    last = Evaluation.objects.order_by("-id").values_list("run", "run__parent").first()
    return of_run(last[1] or last[0]) if last else None


def of_run(run: int) -> EvaluationTable | None:
    """What a run, by its id, measured; of a recipe, what its stages did."""
    return table(evaluations().filter(Q(run=run) | Q(run__parent=run)))


def of_checkpoint(checkpoint: Checkpoint) -> EvaluationTable | None:
    return table(evaluations().filter(Q(checkpoint=checkpoint) | Q(baseline=checkpoint)))


def evaluations() -> QuerySet[Evaluation]:
    rows = Evaluation.objects.select_related("checkpoint__run", "baseline__run", "judge", "prompts")
    return rows.only(*SHOWN).order_by("id")


def table(found: Iterable[Evaluation]) -> EvaluationTable | None:
    """None where nothing was measured."""
    measured = list(found)
    if not measured:
        return None
    bounds = [
        bound for row in measured if row.score is not None for bound in (row.score_low, row.score_high, row.score)
    ]
    drawn = [bound for bound in bounds if bound is not None]
    rows = side_by_side(measured)
    return EvaluationTable(
        rows=rows,
        findings=findings(rows),
        lowest=min(drawn, default=0.0),
        highest=max(drawn, default=1.0),
        has_scores=bool(drawn),
        has_greedy=any(row.decoding == GREEDY for row in measured),
        judges=sorted({row.judge.name for row in measured}),
    )


def side_by_side(measured: Iterable[Evaluation]) -> list[MeasuredCheckpoint]:
    """In the order in which they were made, but a stage's rows together, and its controls right behind them."""
    rows: dict[tuple[Any, ...], MeasuredCheckpoint] = {}
    for found in measured:
        key = (found.run_id, found.checkpoint_id, found.baseline_id, found.judge_id)
        row = rows.setdefault(key, MeasuredCheckpoint(found.checkpoint, found.baseline, found.is_control, {}))
        row.by[found.decoding] = found
    places = {row.checkpoint.pk: place for place, row in reversed(list(enumerate(rows.values())))}
    stages = sorted((row for row in rows.values() if not row.is_control), key=lambda row: places[row.checkpoint.pk])
    controls = [row for row in rows.values() if row.is_control]
    ordered = [
        row for stage in stages for row in (stage, *(one for one in controls if last_stage(one, stages) is stage))
    ]
    return ordered + [one for one in controls if last_stage(one, stages) is None]


def last_stage(control: MeasuredCheckpoint, stages: list[MeasuredCheckpoint]) -> MeasuredCheckpoint | None:
    """The stage of a control: the last of those that started from where it did."""
    return next((stage for stage in reversed(stages) if is_control_of(control, stage)), None)


def is_control_of(control: MeasuredCheckpoint, stage: MeasuredCheckpoint) -> bool:
    same_start = stage.checkpoint.base_id == control.checkpoint.base_id
    return same_start and stage.first.prompts_id == control.first.prompts_id


def findings(rows: Iterable[MeasuredCheckpoint]) -> list[Finding]:
    """What the stages' win rates show and what they do not, and how each stage stands to its control."""
    listed = list(rows)
    stages = [row for row in listed if not row.is_control]
    met = {(row.checkpoint.pk, row.baseline.pk) for row in stages if row.baseline}
    found = [against_baseline(row) for row in stages if row.baseline]
    for control in (row for row in listed if row.is_control):
        stage = last_stage(control, stages)
        if stage and (stage.checkpoint.pk, control.checkpoint.pk) not in met:
            found.append(against_control(stage, control))
    return [finding for finding in found if finding]


def against_baseline(row: MeasuredCheckpoint) -> Finding | None:
    """One sentence over both ways of decoding."""
    assert row.baseline
    said = [(found, sided(found)) for found in (row.sampled, row.greedy) if found and found.win_rate is not None]
    if not said:
        return None
    one, other = short(row.checkpoint), short(row.baseline)
    parts = [f"{VERBS[side].format(one, other)} under {how(found)}: {numbers(found)}" for found, side in said[:1]]
    for found, side in said[1:]:
        same = "also" if side == said[0][1] else VERBS_AGAIN[side]
        parts.append(f"under {how(found)} {same}: {numbers(found)}")
    return Finding(tone([side for _, side in said] + points_apart(found for found, _ in said)), "; ".join(parts) + ".")


def tone(sides: Sequence[str]) -> str:
    """What all of them say; mixed where they do not say the same."""
    return sides[0] if len(set(sides)) == 1 else MIXED


def points_apart(measured: Iterable[Evaluation]) -> list[str]:
    """What the paired difference in points shows, where it does: a win of fewer points is a mixed finding."""
    known = [found.details["difference"] for found in measured if found.details.get("difference")]
    told = [apart for apart in known if apart["low"] is not None]
    return ["good" if apart["low"] > 0 else "bad" for apart in told if apart["low"] * apart["high"] > 0]


VERBS = {"good": "{} beats {}", "bad": "{} loses to {}", "": "{} and {} are not told apart"}
VERBS_AGAIN = {"good": "it wins", "bad": "it loses", "": "the two are not told apart"}


def sided(found: Evaluation) -> str:
    """Whether the interval of the win rate lies above one half, below it, or holds it."""
    low, high = found.win_rate_low, found.win_rate_high
    return "good" if low is not None and low > 0.5 else "bad" if high is not None and high < 0.5 else ""


def numbers(found: Evaluation) -> str:
    """`66.3 % of 300 prompts (60.8 to 71.4), 0.95 points more (0.80 to 1.10)`."""
    rate = f"{(found.win_rate or 0) * 100:.1f} % of {counted(found.n, 'prompt')}"
    if found.win_rate_low is not None and found.win_rate_high is not None:
        rate += f" ({found.win_rate_low * 100:.1f} to {found.win_rate_high * 100:.1f})"
    apart = found.details.get("difference")
    if not apart:
        return rate
    more = f"{abs(apart['estimate']):.2f} points {'more' if apart['estimate'] >= 0 else 'less'}"
    if apart["low"] is None:
        return f"{rate}, {more}"
    ends = sorted((abs(apart["low"]), abs(apart["high"]))) if apart["low"] * apart["high"] > 0 else None
    between = f"{ends[0]:.2f} to {ends[1]:.2f}" if ends else f"{apart['low']:+.2f} to {apart['high']:+.2f}"
    return f"{rate}, {more} ({between})"


def how(found: Evaluation) -> str:
    return DECODING[Evaluation.Decoding(found.decoding)]


def against_control(stage: MeasuredCheckpoint, control: MeasuredCheckpoint) -> Finding | None:
    """By their scores on the same prompts, where nobody compared them directly."""
    shared = [name for name in (SAMPLED, GREEDY) if name in stage.by and name in control.by]
    pairs = [(stage.by[name], control.by[name]) for name in shared if has_scores(stage.by[name], control.by[name])]
    if not pairs:
        return None
    name, sides = short(stage.checkpoint), [sided_by_score(one, other) for one, other in pairs]
    parts = [
        f"{SCORES[side].format(name)} under {how(one)}: {one.score:.2f} against {other.score:.2f}"
        for side, (one, other) in zip(sides, pairs, strict=True)
    ]
    return Finding(tone(sides), "; ".join(parts) + ".")


SCORES = {
    "good": "{} scores higher than its control",
    "bad": "{} scores lower than its control",
    "": "{} and its control are not told apart",
}


def has_scores(*found: Evaluation) -> bool:
    return all(None not in (row.score, row.score_low, row.score_high) for row in found)


def sided_by_score(one: Evaluation, other: Evaluation) -> str:
    """Whether the intervals of two scores lie apart; where they overlap nothing is shown."""
    if (one.score_low or 0) > (other.score_high or 0):
        return "good"
    return "bad" if (one.score_high or 0) < (other.score_low or 0) else ""


def short(checkpoint: Checkpoint) -> str:
    """A stage's name where it has one: `dpo`, not `dpo-12`."""
    stage = checkpoint.run.stage if checkpoint.run else ""
    return re.sub("[-_]", " ", stage) or checkpoint.name
