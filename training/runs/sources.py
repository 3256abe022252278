"""What a run reads straight out of the folders of other runs, without a version between them; and whose it is."""

from collections.abc import Iterable
from typing import NamedTuple

from annotation.judges.config import registry
from annotation.models import Author
from training.models import Run, RunCheckpoint, RunVersion
from training.runs.kinds import KINDS


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


def loaded(run: Run) -> list[RunCheckpoint]:
    """The checkpoints that a run loads beside the one that it starts from; asks nothing of a kind that loads none."""
    if run.kind not in KINDS or not KINDS[run.kind].loads:
        return []
    return list(run.run_checkpoints.select_related("checkpoint"))


def responder(run: Run) -> int | None:
    """The author of the responses that a run reads, where they came straight from the run that sampled them."""
    return maker_of(run, "responses")


def scores_of(run: Run) -> list[str]:
    """The names of the authors of the scores that a run reads: from runs that scored, or frozen with a version."""
    makers = Run.objects.in_bulk(source["run"] for role, source in run.spec["outputs"].items() if is_scores(role))
    read = run.run_versions.filter(role=RunVersion.Role.INPUT, version__definition__has_key="scored_by")
    frozen = read.order_by("name").values_list("version__definition__scored_by", flat=True)
    ids = [rater for maker in makers.values() for rater in scorers(maker)] or list(frozen)
    named = Author.objects.in_bulk(ids)
    return [named[one].name for one in dict.fromkeys(ids) if one in named]


def is_scores(role: str) -> bool:
    return role.partition("_")[0] == "scores"


def scorers(run: Run) -> list[int]:
    """The authors of a run's scores: its reward models in the order of its files, or the judges that rated."""
    if run.kind == Run.Kind.RATE:
        names = [run.spec["settings"]["judge"], *run.spec["settings"]["further_judges"]]
        judges = [registry.load(name).author_name for name in names]
        known = dict(Author.objects.filter(name__in=judges, kind=Author.Kind.JUDGE).values_list("name", "pk"))
        return [known[name] for name in judges if name in known]
    beside = run.run_checkpoints.filter(role="reward_models").values_list("checkpoint__author", flat=True)
    return [*([run.checkpoint.author_id] if run.checkpoint else []), *beside]


def maker_of(run: Run, role: str) -> int | None:
    """The author that stands for the checkpoint of the run which made an input; None where several did."""
    source = run.spec["outputs"].get(role)
    maker = Run.objects.select_related("checkpoint").get(pk=source["run"]) if source else None
    alone = maker and maker.checkpoint and not maker.run_checkpoints.exists()
    return maker.checkpoint.author_id if maker and maker.checkpoint and alone else None
