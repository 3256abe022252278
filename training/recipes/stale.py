"""Stages of a recipe that were made with what has been made anew since.

It is known from which run each stage took what: what counts is whether that run still counts, not when anything ended.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from training.models import Run
from training.recipes.stages import Stage


@dataclass(frozen=True)
class Stale:
    """A stage's run, and why it is stale, a sentence for each reason."""

    run: Run
    why: str


def stale(stages: Sequence[Stage], children: Mapping[str, Run]) -> dict[str, Stale]:
    """By stage, in their order: each stands behind those that it uses. `children` are the runs that count."""
    found: dict[str, Stale] = {}
    for stage in stages:
        run = children.get(stage.name)
        if run and (why := " ".join(reasons(run, children, found))):
            found[stage.name] = Stale(run, why)
    return found


def reasons(run: Run, children: Mapping[str, Run], stale: Mapping[str, Stale]) -> Iterator[str]:
    used: dict[str, int] = run.spec.get("stage", {}).get("uses", {})
    for name, pk in sorted(used.items()):
        present = children.get(name)
        if present is None:
            yield f"It used {name} of run {pk}, and {name} is made anew."
        elif present.pk != pk:
            yield f"It used {name} of run {pk}, and {name} was run again as run {present.pk}."
        elif name in stale:
            yield f"It used {name}, which is stale."
