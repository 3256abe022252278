"""A run whose judges are people: it asks for their judgments and waits, without a worker, until all are given.

While it waits it is queued for `people`, whom no worker serves. The scheduler looks how many judgments are left, and
sends the run to a worker again when none is: it freezes the preferences. Whoever takes the pairs back from review, or
excludes them by a flag, makes it wait for less.
"""

from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Q, QuerySet
from django.utils import timezone

from annotation.datasets import versions
from annotation.datasets.definitions import DefinitionInvalid
from annotation.models import Assignment, Pair
from annotation.review import queue
from studio.database.retry import patiently
from studio.projects.scope import everywhere
from training.models import Run, RunVersion
from training.runs import launching, names, sampled_pairs
from training.runs.failures import RunFailed, WaitsForPeople
from training.runs.judging import MADE, written_in
from training.runs.kinds import PEOPLE, Queue
from training.worker import transitions
from training.worker.renewal import Renewal


def review(run: Run, renewal: Renewal) -> dict[str, Any]:
    """What people judged, and the version of their preferences. Raises WaitsForPeople, RunFailed."""
    settings = run.spec["settings"]
    pairs = patiently(lambda: sampled_pairs.pairs(run))
    if "asked_at" not in run.result:
        now = timezone.now()
        opened = patiently(lambda: queue.open_slots(pairs, settings["overlap"] or None, at=now))
        run.result = {"asked_at": now.isoformat(), "opened": opened, "pairs": pairs.count()}
        patiently(lambda: transitions.report(renewal.held, result=run.result))
    total, left = counted(Assignment.objects.filter(pair__in=pairs))
    if left:
        raise WaitsForPeople(total - left, total)
    patiently(lambda: freeze(run, pairs))
    result: dict[str, Any] = run.result
    return result | {"counts": {"pairs": pairs.count(), "judgments": total}}


def counted(slots: QuerySet[Assignment]) -> tuple[int, int]:
    """Judgments that are wanted, and those of them that are left to give; none of a pair that a flag excludes."""
    found = slots.filter(~Exists(queue.excluded())).aggregate(
        total=Count("pk"), left=Count("pk", filter=~Q(state=Assignment.State.DONE))
    )
    return found["total"], found["left"]


def freeze(run: Run, pairs: QuerySet[Pair]) -> None:
    """The preferences of people among these pairs' authors, once."""
    if run.run_versions.filter(role=RunVersion.Role.OUTPUT, name=MADE).exists():
        return
    settings = run.spec["settings"]
    definition = written_in(pairs) | {"kinds": ["person"], "min_votes": settings["min_votes"]}
    definition |= {"test_share": settings["test_share"], "seed": settings["seed"]}
    try:
        version = versions.freeze(names.made(run), "preferences", definition, run.requested_by)
    except DefinitionInvalid as error:
        raise RunFailed(f"People preferred nothing to anything. {error}") from error
    RunVersion.objects.create(run=run, version=version, role=RunVersion.Role.OUTPUT, name=MADE)


@everywhere()
def go_on() -> None:
    """Note how many judgments are left of each run that waits for people, and send on those that wait for none."""
    for run in Run.objects.filter(queue=PEOPLE, state=Run.State.QUEUED):
        opened = Assignment.objects.filter(opened_at=datetime.fromisoformat(run.result["asked_at"]))
        total, left = counted(opened.filter(project=run.project_id))
        waits = Run.objects.filter(pk=run.pk, queue=PEOPLE, state=Run.State.QUEUED)
        if left:
            waits.update(done=total - left, total=total)
        elif waits.update(queue=Queue.CPU, done=total, total=total, queued_at=timezone.now()):
            run.queue = Queue.CPU
            launching.enqueue(run)
