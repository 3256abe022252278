"""Tags for tables of evaluations."""

from typing import Any
from urllib.parse import urlencode

from django import template
from django.urls import reverse

from annotation.models import Author
from frontend.presenters.evaluation import evaluate
from frontend.presenters.evaluation.evaluate import MeasuredCheckpoint
from frontend.presenters.evaluation.win_matrix import MatrixCell
from frontend.templatetags.figures import interval
from studio.projects.scope import here
from training.models import Checkpoint

register = template.Library()


@register.filter
def short(checkpoint: Checkpoint) -> str:
    return evaluate.short(checkpoint)


@register.inclusion_tag("components/interval.html")
def standing_interval(
    value: float | None, low: float | None, high: float | None, lowest: float, highest: float, is_control: bool
) -> dict[str, Any]:
    """An interval on the axis that all rows of a table share."""
    room = (highest - lowest) * 0.04
    return interval(value, low, high, lowest - room, highest + room, None, "control" if is_control else "")


@register.filter
def prompts_url(row: MeasuredCheckpoint) -> str:
    """The very prompts, side by side; empty where they were moved to another project."""
    if row.first.prompts is None or row.first.prompts.project_id != here():
        return ""
    shown = [("c", row.checkpoint.author_id), ("v", row.first.prompts_id), ("judge", row.first.judge_id)]
    if row.baseline:
        shown.insert(0, ("c", row.baseline.author_id))
    return f"{reverse('compare')}?{urlencode(shown)}"


@register.filter
def cell_url(cell: MatrixCell, judge: Author) -> str:
    """The very prompts of a cell: the row as A, the column as B."""
    return f"{reverse('compare')}?{urlencode([('c', cell.row.pk), ('c', cell.column.pk), ('judge', judge.pk)])}"


@register.filter
def percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")
