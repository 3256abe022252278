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

# Where a result holds the ids of its pairs until it has ended.
ASKED = "pair_ids"


def review(run: Run, renewal: Renewal) -> dict[str, Any]:
    """What people judged, and the version of their preferences. Raises WaitsForPeople, RunFailed."""
    pairs = asked(run, renewal)
    total, left = counted(pairs)
    if left:
        raise WaitsForPeople(total - left, total)
    patiently(lambda: freeze(run, pairs))
    result = {name: value for name, value in run.result.items() if name != ASKED}
    return result | {"counts": {"pairs": pairs.count(), "judgments": total}}


def asked(run: Run, renewal: Renewal) -> QuerySet[Pair]:
    """The pairs whose judgments it wants. What a worker that died had begun is ended by the next, as the same act."""
    if ASKED not in run.result:
        ids = patiently(lambda: list(sampled_pairs.pairs(run).order_by("pk").values_list("pk", flat=True)))
        run.result = {"asked_at": timezone.now().isoformat(), "pairs": len(ids), ASKED: ids}
        patiently(lambda: transitions.report(renewal.held, result=run.result))
    pairs, overlap = asked_of(run), run.spec["settings"]["overlap"] or None
    # Once only: slots that people took back stay away.
    if "opened" not in run.result:
        at = datetime.fromisoformat(run.result["asked_at"])
        run.result["opened"] = patiently(lambda: queue.open_slots(pairs, overlap, at=at))
        patiently(lambda: transitions.report(renewal.held, result=run.result))
    return pairs


def asked_of(run: Run) -> QuerySet[Pair]:
    """With slots that were open before too: who asks again for the same pairs waits for the same judgments."""
    return Pair.objects.filter(pk__in=run.result.get(ASKED, ()))


def counted(pairs: QuerySet[Pair]) -> tuple[int, int]:
    """Judgments that are wanted, and those of them that are left to give; none of a pair that a flag excludes."""
    found = Assignment.objects.filter(~Exists(queue.excluded()), pair__in=pairs).aggregate(
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
        total, left = counted(asked_of(run))
        waits = Run.objects.filter(pk=run.pk, queue=PEOPLE, state=Run.State.QUEUED)
        if left:
            waits.update(done=total - left, total=total)
        elif waits.update(queue=Queue.CPU, done=total, total=total, queued_at=timezone.now()):
            run.queue = Queue.CPU
            launching.enqueue(run)
