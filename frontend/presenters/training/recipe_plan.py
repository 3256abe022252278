"""The plan of a recipe as a table: a row for each stage, the whole below, and what the figures rest on."""

from collections.abc import Callable
from dataclasses import dataclass

from frontend.presenters.training.recipe_form import RecipeForm
from training.recipes.plans.plan import Plan

GIB, LARGE_UNITS = 2**30, ((1e9, "B"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True)
class PlanTable:
    """Cells are words; empty where nothing is known or nothing is taken."""

    columns: tuple[str, ...]
    rows: list[tuple[str, list[str]]]
    whole: list[str]
    rests_on: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        return any(cell for _, cells in self.rows for cell in cells)


def short(number: float | None) -> str:
    """`1.2 M`, `640`."""
    if number is None:
        return ""
    unit = next(((size, name) for size, name in LARGE_UNITS if number >= size), None)
    return f"{number / unit[0]:.3g} {unit[1]}" if unit else f"{number:,.0f}"


def dollars(value: float | None) -> str:
    return "" if value is None else f"${value:,.2f}"


def small(value: float | None) -> str:
    """Two digits that count, and no more of what is next to nothing."""
    if value is None:
        return ""
    return "< 0.01" if value < 0.01 else f"{value:,.2g}" if value < 10 else f"{value:,.0f}"


def gibibytes(value: float | None) -> str:
    return small(None if value is None else value / GIB)


COLUMNS: tuple[tuple[str, str, Callable[[float | None], str]], ...] = (
    ("Rows read", "reads", short),
    ("Rows made", "makes", short),
    ("Tokens", "tokens", short),
    ("Questions", "questions", short),
    ("Judge", "dollars", dollars),
    ("GPU hours", "gpu_hours", small),
    ("GiB on a GPU", "gpu_memory", gibibytes),
    ("Disk, GiB", "disk", gibibytes),
)
# Rows that one stage makes are read by the next: their sum says nothing. Memory is not needed twice.
SUMMED = ("tokens", "questions", "dollars", "gpu_hours", "disk")


def plan_rows(form: RecipeForm) -> PlanTable | None:
    found = form.plan()
    return table(found) if found else None


def table(plan: Plan) -> PlanTable:
    rows = [(stage.name, [write(getattr(stage, name)) for _, name, write in COLUMNS]) for stage in plan.stages]
    whole = [write(whole_of(plan, name)) for _, name, write in COLUMNS]
    return PlanTable(tuple(title for title, *_ in COLUMNS), rows, whole, plan.rests_on)


def whole_of(plan: Plan, name: str) -> float | None:
    if name == "gpu_memory":
        return plan.most_memory
    return plan.total(name) if name in SUMMED else None
