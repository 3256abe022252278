"""Words and pictures of runs, checkpoints and who may start them."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser

from frontend.kit import wording
from studio import words
from studio.accounts.models import User
from studio.accounts.roles import Capability
from training.models import Run, RunCheckpoint
from training.runs.kinds import KINDS, label_of
from training.runs.sources import loaded

register = template.Library()

# How each metric that says how a run goes is worded, in their order.
PACE = {
    "tokens_per_second": "{:,.0f} tokens a second",
    "mfu": "{:.0%} of the card’s peak (MFU)",
    "gpu_memory_gib": "{:.1f} GiB of the card in use",
    "gpu_busy": "{:.0%} busy",
}


@register.filter
def may(user: User | AnonymousUser, capability: str) -> bool:
    """`{% if request.user|may:"train" %}`."""
    return isinstance(user, User) and user.can(Capability(capability))


@register.filter
def plain(value: object) -> str:
    """A figure of a result or a setting: whole numbers with thousands, others to four digits; a list with commas."""
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


@register.filter
def kind_words(kind: str) -> str:
    return label_of(kind)


@register.filter
def loads(run: Run) -> list[RunCheckpoint]:
    """The checkpoints that a run loads beside the one that it starts from."""
    return loaded(run)


@register.filter
def has_curves(kind: str) -> bool:
    return kind in KINDS and KINDS[kind].has_curves


@register.filter
def as_state(state: str, kind: str) -> str:
    """`{% state run.state|as_state:run.kind %}`: a run of a judge that was stopped is only paused."""
    return "paused" if state == Run.State.CANCELLED and pauses(kind) else state


@register.filter
def pauses(kind: str) -> bool:
    """Whether a run of this kind asks a judge: it keeps every answer, so that stopping it is a pause."""
    return kind in KINDS and KINDS[kind].asks_a_judge


@register.filter
def dollars(amount: float | None) -> str:
    return "–" if amount is None else words.dollars(amount)


@register.filter
def dollars_as_written(amount: float) -> str:
    return words.dollars_as_written(amount)


@register.filter
def per_cent(share: float | None) -> str:
    """`4.2 %` of a share in [0, 1]."""
    return "–" if share is None else f"{100 * share:.1f} %"


@register.filter
def progress(run: Run) -> str:
    """`312 of 800 steps · 4.1 a second · 2 min 00 s left`."""
    parts = [f"{run.done:,} of {run.total:,} {run.unit}"]
    if run.is_open and run.rate:
        parts.append(f"{run.rate:.3g} a second")
    if run.is_open and run.eta_seconds:
        parts.append(f"{wording.span(run.eta_seconds)} left")
    return " · ".join(parts)


@register.filter
def pace(measured: Mapping[str, float]) -> str:
    """`2,310 tokens a second · 41.2 GiB of the card in use · 93% busy`: what the program could measure."""
    said = {name: words.format(measured[name]) for name, words in PACE.items() if name in measured}
    return " · ".join(said.values())


@register.filter
def took(run: Run) -> str:
    """How long it has run, or ran."""
    return wording.span(run.duration.total_seconds()) if run.duration else "–"


@register.inclusion_tag("runs/pipeline.html")
def pipeline(layers: list[list[dict[str, Any]]], may_run_again: bool = False) -> dict[str, Any]:
    """Stages of a recipe from left to right; those that can run side by side stand above each other."""
    return {"layers": layers, "may_run_again": may_run_again}
