"""Tags for the figures of a judge's card."""

from typing import Any

from django import template

from annotation.judges.cards.figures import Rate, Slice
from annotation.judges.cards.slices import UNSTATED
from frontend.presenters.judges import judges
from frontend.templatetags.figures import figure, interval
from studio.words import counted

register = template.Library()


@register.inclusion_tag("components/figure.html")
def rate(found: Rate | dict[str, Any] | None, how: str = "", size: str = "") -> dict[str, Any]:
    """A share with its margin and n; a dash where nothing was counted."""
    if not (told := as_rate(found)) or told.estimate is None:
        return figure(None, size=size)
    return figure(
        told.estimate, told.low, told.high, told.n, f"{how} Over {counted(told.prompts, 'prompt')}.".strip(), size=size
    )


@register.inclusion_tag("components/interval.html")
def drawn(found: Rate | dict[str, Any] | None, kind: str = "") -> dict[str, Any]:
    told = as_rate(found)
    return interval(told.estimate, told.low, told.high, kind=kind) if told else interval(None)


@register.filter
def part_name(part: Slice) -> str:
    """`not stated`, `2 turns`, `31–200 characters`."""
    if part.value == UNSTATED:
        return "not stated"
    if part.by == "turns":
        return f"{part.value} turn{'s' * (part.value != '1')}"
    return f"{part.value} characters" if part.by == "gap" else part.value


@register.filter
def disagree_url(part: Slice, judge: int) -> str:
    return judges.pairs_url(judge, part)


def as_rate(found: Rate | dict[str, Any] | None) -> Rate | None:
    """A list reads the figure alone out of a card's JSON."""
    return Rate(**found) if isinstance(found, dict) else found
