"""How long a whole training takes, by its first steps on the longest rows."""

from math import ceil
from statistics import fmean
from typing import Any

from django.db.models import Avg, TextField
from django.db.models.functions import Cast, Length

from annotation.models import VersionItem
from training.models import Run, RunVersion
from training.recipes import orchestration


def estimate(run: Run, told: dict[str, Any]) -> dict[str, Any]:
    """`steps` of all of it, and its seconds: by the mean length of its rows, and at most, were all like the longest.

    Lengths are of records, in characters. Empty where these steps were too few to have a pace.
    """
    (stage,), each = orchestration.file_of(run).stages, told.get("seconds_a_step")
    items = sized(run)
    if not each or not items.exists():
        return {}
    settings = stage.settings
    steps = settings["max_steps"]
    if steps < 0:
        steps = max(1, ceil(items.count() * settings["epochs"] / settings["batch_size"]))
    longest = items.order_by("-size").values_list("size", flat=True)[: run.spec["settings"]["rows"]]
    share = items.aggregate(mean=Avg("size"))["mean"] / fmean(longest)
    return {"steps": steps, "seconds": steps * each * share, "at_most": steps * each}


def sized(run: Run) -> Any:
    """All rows that the training would learn."""
    read = run.run_versions.filter(role=RunVersion.Role.INPUT)
    rows = VersionItem.objects.filter(version__in=read.values("version")).exclude(split="test")
    return rows.annotate(size=Length(Cast("record", TextField())))
