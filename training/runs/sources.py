"""What a run reads straight out of the folders of other runs, without a version between them; and whose it is."""

from collections.abc import Iterable
from typing import NamedTuple

from training.models import Run, RunVersion


class RunSource(NamedTuple):
    """An input of a run: its name there, such as `scores`, the run that made it, and the file."""

    role: str
    run: Run
    file: str


def sources(runs: Iterable[Run]) -> dict[int, list[RunSource]]:
    """Those of several runs, by their ids; one query. What is gone is left out."""
    named = [(run, role, source) for run in runs for role, source in (run.spec.get("outputs") or {}).items()]
    makers = Run.objects.select_related("checkpoint").in_bulk({source["run"] for _, _, source in named})
    found: dict[int, list[RunSource]] = {}
    for run, role, source in named:
        if maker := makers.get(source["run"]):
            found.setdefault(run.pk, []).append(RunSource(role, maker, source["file"]))
    return found


def responder(run: Run) -> int | None:
    """The author of the responses that a run reads, where they came straight from the run that sampled them."""
    return maker_of(run, "responses")


def scorer(run: Run) -> int | None:
    """The author of the scores that a run reads: from the run that scored, or from a version frozen with them."""
    if "scores" in run.spec["outputs"]:
        return maker_of(run, "scores")
    read = run.run_versions.filter(role=RunVersion.Role.INPUT, version__definition__has_key="scored_by")
    found: int | None = read.values_list("version__definition__scored_by", flat=True).first()
    return found


def maker_of(run: Run, role: str) -> int | None:
    """The author that stands for the checkpoint of the run which made an input."""
    source = run.spec["outputs"].get(role)
    maker = Run.objects.select_related("checkpoint").get(pk=source["run"]) if source else None
    return maker.checkpoint.author_id if maker and maker.checkpoint else None
