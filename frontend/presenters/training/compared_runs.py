"""Several runs over each other: which settings differ, and who is drawn how."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Prefetch

from frontend.templatetags.machines import plain
from training.models import Run, RunVersion
from training.runs import forms as settings_forms
from training.runs.kinds import KINDS, label_of

# One colour each, and once more with dashes.
COLOURS = 6
MOST = 2 * COLOURS
NONE = "–"


class Setting(NamedTuple):
    """What differs between runs, with its value for each of them in their order."""

    name: str
    label: str
    values: list[str]


@dataclass(frozen=True)
class DrawnRun:
    """A run with the colour that it has: of itself, or of its group if runs are grouped by a setting."""

    run: Run
    series: int
    dashed: bool = False
    group: str = ""
    begins_group: bool = False


def chosen(ids: Sequence[int]) -> list[Run]:
    """The runs of these ids that are here, in their order, at most MOST; two queries."""
    read = RunVersion.objects.filter(role=RunVersion.Role.INPUT).select_related("version").order_by("name")
    found = (
        Run.objects.select_related("checkpoint", "reference")
        .prefetch_related(Prefetch("run_versions", read))
        .in_bulk(ids)
    )
    return [found[pk] for pk in dict.fromkeys(ids) if pk in found][:MOST]


def differing(runs: Sequence[Run]) -> list[Setting]:
    """What is not the same for all: kind, what it starts from and reads, and each setting with its default."""
    said = [of_run(run) for run in runs]
    labels = {name: label for one in said for name, (label, _) in one.items()}
    rows = [
        Setting(name, label, [one[name][1] if name in one else NONE for one in said]) for name, label in labels.items()
    ]
    return [row for row in rows if len(set(row.values)) > 1]


def of_run(run: Run) -> dict[str, tuple[str, str]]:
    """By name: its label and its value in words."""
    said = {
        "kind": ("Kind", label_of(run.kind)),
        "checkpoint": ("Starts from", str(run.checkpoint or NONE)),
        "reference": ("Held against", str(run.reference or NONE)),
    }
    for row in run.run_versions.all():
        said[f"input_{row.name}"] = (f"Reads as {row.name}", str(row.version))
    given = run.spec.get("settings", {})
    for field in settings_forms.fields(run.kind) if run.kind in KINDS else []:
        value = given.get(field.name, field.default)
        said[field.name] = (field.label, NONE if value is None else plain(value))
    return said


def drawn(runs: Sequence[Run], by: Setting | None = None) -> list[DrawnRun]:
    """Each in a colour of its own; by a setting, in that of its group, and those of a group behind each other."""
    if by is None:
        return [DrawnRun(run, place % COLOURS + 1, place >= COLOURS) for place, run in enumerate(runs)]
    groups: dict[str, list[Run]] = {}
    for run, value in zip(runs, by.values, strict=True):
        groups.setdefault(f"{by.label}: {value}", []).append(run)
    return [
        DrawnRun(run, place % COLOURS + 1, place >= COLOURS, group, run is members[0])
        for place, (group, members) in enumerate(groups.items())
        for run in members
    ]


def are_open(runs: Iterable[Run]) -> bool:
    return any(run.is_open for run in runs)
