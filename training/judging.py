"""A run that has pairs judged: made of sampled responses, or lying in a collection. Its work is annotation's own."""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from annotation import snapshots
from annotation.definitions import DefinitionInvalid
from annotation.judges import calling, loading
from annotation.judges.loading import Judge, JudgeInvalid
from annotation.models import Pair
from training import claiming, meeting, outputs
from training.failures import RunFailed, Stopped
from training.holding import Hold
from training.models import Run, RunVersion

MADE = "preferences"


def judge(run: Run, hold: Hold) -> dict[str, Any]:
    """What became of the pairs, and the version of preferences that came of it. Raises RunFailed, Stopped."""
    settings = run.spec["settings"]
    chosen = named(settings["judge"])
    pairs = meeting.pairs(run) if outputs.has(run, "responses") else pairs_in(settings)
    total = pairs.count()
    outcome = calling.judge_pairs(
        chosen,
        pairs,
        report=lambda done: note(hold, done, total),
        should_stop=lambda: hold.must_stop,
        seed=settings["seed"],
    )
    if hold.must_stop:
        raise Stopped
    if outcome.stopped:
        raise RunFailed(outcome.stopped)
    freeze(run, chosen, pairs)
    return asdict(outcome) | {"pairs": total}


def named(judge: str) -> Judge:
    try:
        return loading.load(judge)
    except JudgeInvalid as error:
        raise RunFailed(str(error)) from error


def pairs_in(settings: dict[str, Any]) -> QuerySet[Pair]:
    found = Pair.objects.filter(collection__slug=settings["collection"])
    return found.filter(source=settings["source"]) if settings["source"] else found


def note(hold: Hold, done: int, total: int) -> None:
    claiming.report(hold.held, done=done, total=total, unit="pairs")


@transaction.atomic
def freeze(run: Run, judge: Judge, pairs: QuerySet[Pair]) -> None:
    """The judge's preferences among these pairs' authors, once."""
    settings = run.spec["settings"]
    if run.run_versions.filter(role=RunVersion.Role.OUTPUT, name=MADE).exists():
        return
    slugs = pairs.order_by().values_list("collection__slug", flat=True).distinct()
    authors = pairs.order_by().values_list("left__author", flat=True).distinct()
    others = pairs.order_by().values_list("right__author", flat=True).distinct()
    definition = {
        "collections": sorted(slugs),
        "authors": [judge.author.pk],
        "written_by": sorted({*authors, *others}),
        "test_share": settings["test_share"],
        "seed": settings["seed"],
    }
    try:
        version = snapshots.freeze(run.name[:120], "preferences", definition, run.requested_by)
    except DefinitionInvalid as error:
        raise RunFailed(f"Nothing was preferred to anything. {error}") from error
    RunVersion.objects.create(run=run, version=version, role=RunVersion.Role.OUTPUT, name=MADE)
