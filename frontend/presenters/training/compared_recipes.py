"""Two recipes stage by stage as their page shows them: figures and settings in words, one column for each."""

import re
from typing import Any, NamedTuple

from frontend.kit.wording import span
from frontend.templatetags.machines import plain
from training.models import Run
from training.recipes.comparison import ComparedStage, Figure, Side, compared
from training.runs.kinds import label_of

NONE = "–"
CHOICES = 50


class ComparedRow(NamedTuple):
    label: str
    first: str
    second: str


class StageCard(NamedTuple):
    name: str
    kind: str
    sides: list[Side | None]
    figures: list[ComparedRow]
    settings: list[ComparedRow]


def recipes() -> Any:
    """Those that keep their stages, and so can be compared."""
    return Run.objects.filter(kind=Run.Kind.RECIPE, spec__has_key="recipe").order_by("-pk")


def cards(first: Run, second: Run) -> list[StageCard]:
    return [card(stage) for stage in compared(first, second)]


def card(stage: ComparedStage) -> StageCard:
    figures = [ComparedRow(name.capitalize(), written(one), written(other)) for name, one, other in stage.figures]
    settings = [ComparedRow(label(row.name), value(row.first), value(row.second)) for row in stage.differing]
    name = re.sub("[-_]", " ", stage.name)
    return StageCard(name, label_of(stage.kind), [stage.first, stage.second], figures, settings)


def label(setting: str) -> str:
    return setting.replace("_", " ").capitalize()


def value(setting: Any) -> str:
    return NONE if setting is None else plain(setting)


def written(figure: Figure | None) -> str:
    """`80.0 % 70.1–87.5 (93)`, `1.204`, `1,204`, `2 h`."""
    if figure is None:
        return NONE
    if figure.unit == "hours":
        return span(figure.value * 3600)
    if figure.unit == "count":
        return f"{figure.value:,.0f}"
    if figure.unit == "number":
        return f"{figure.value:.4g}"
    between = f" {100 * figure.low:.1f}–{100 * figure.high:.1f}" if figure.low is not None and figure.high else ""
    return f"{100 * figure.value:.1f} %{between}" + (f" ({figure.n:,})" if figure.n else "")
