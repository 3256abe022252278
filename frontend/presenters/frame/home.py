"""The circle as numbers: how much lies at each of its stations, and what moves right now."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Model

from annotation.models import Collection, Judgment, Pair, Prompt, Response, Version
from annotation.models.row_estimates import estimate
from frontend.kit import wording
from studio.projects.addresses import here
from studio.words import counted
from training.models import Checkpoint, Evaluation, Run

# From here on PostgreSQL's own estimate is shown: counting a million rows costs more than the page.
COUNTED = 20_000


@dataclass(frozen=True)
class Station:
    """One station of the picture. `side` is a CSS class: the lower row runs from right to left."""

    name: str
    title: str
    href: str
    count: str
    note: str = ""
    live: bool = False
    side: str = ""


def stations(waiting: int) -> list[Station]:
    """The eight stations, the upper row from left to right, then the lower one as it is drawn: from left to right.

    `waiting` is how many judgments by people are wanted.
    """
    estimates, running = estimated(), Run.objects.filter(state=Run.State.RUNNING).count()

    def many(model: type[Model]) -> str:
        return count(model, estimates.get(model._meta.db_table, 0))

    return [
        Station(
            "prompts", "Prompts", here("/prompts/"), many(Prompt), counted(Collection.objects.count(), "collection")
        ),
        Station("responses", "Responses", here("/responses/"), many(Response)),
        Station("pairs", "Pairs", here("/pairs/"), many(Pair)),
        Station(
            "review",
            "Judgments",
            here("/review/"),
            many(Judgment),
            f"{waiting:,} waiting" if waiting else "",
            waiting > 0,
            "last",
        ),
        Station("evaluate", "Evaluations", here("/evaluate/"), many(Evaluation), side="below last"),
        Station("checkpoints", "Checkpoints", here("/checkpoints/"), many(Checkpoint), side="below"),
        Station(
            "runs", "Runs", here("/runs/"), many(Run), f"{running:,} running" if running else "", running > 0, "below"
        ),
        Station("datasets", "Datasets", here("/datasets/"), many(Version), side="below"),
    ]


def estimated() -> dict[str, int]:
    """Rows of each table as the last ANALYZE saw them; a table that was never analysed is missing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples::bigint FROM pg_class WHERE relkind = 'r' AND reltuples > 0")
        return dict(cursor.fetchall())


def count(model: type[Model], whole: int) -> str:
    """The rows of the project at work: exact where they are few, else `≈ 1.2M`. `whole` is the size of the table."""
    rows = model._default_manager.all()
    expected = estimate(rows) if whole > COUNTED else whole
    return f"≈ {wording.compact(expected)}" if expected > COUNTED else f"{rows.count():,}"
