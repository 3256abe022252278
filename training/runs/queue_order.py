"""In which order the runs of a queue begin, by rules that a page can say in words.

Machines are everybody's, so the order is one for all projects.
Whether a run fits a machine, and for whom GPUs are kept, is `training.runs.machines`' to say.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import F, FloatField, Func, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast, Coalesce, Extract, Greatest, Now
from django.utils import timezone

from studio.projects.scope import everywhere
from training.models import Run
from training.runs.kinds import Queue

# Who waited as long comes first whatever comes in meanwhile.
OVERDUE = timedelta(days=1)
# What somebody used in the days before counts for their share.
LATELY = timedelta(days=7)
PLACES = {Run.Priority.HIGH: 0, Run.Priority.NORMAL: 1, Run.Priority.LOW: 2}
RULES = (
    "A run that has waited for a day comes first, the oldest before the others.",
    "Then high priority comes before normal, and normal before low. Only an admin may set high.",
    "With equal priority the run comes first whose person used fewer GPU hours: of runs that are open or ended in the"
    " last seven days, in all projects. A run without a GPU counts as if it had one.",
    "Of two runs of one person the one that has waited longer comes first.",
    "Where too few GPUs are free for a run, those behind it may begin for an hour. After that a machine keeps its GPUs"
    " for it as they become free, so that small runs never hold up a large one for long.",
)


@everywhere()
def in_order(queue: str) -> list[Run]:
    """Those that wait in a queue, of all projects: the first is the next to begin. Two queries."""
    waiting = list(queued(queue).select_related("requested_by"))
    used = gpu_seconds() if len({run.requested_by_id for run in waiting}) > 1 else {}
    now = timezone.now()
    return sorted(waiting, key=lambda run: rank(run, used, now))


def queued(queue: str) -> QuerySet[Run]:
    """A recipe waits for no machine: its stages do."""
    return Run.objects.filter(state=Run.State.QUEUED, queue=queue).exclude(kind=Run.Kind.RECIPE)


def rank(run: Run, used: Mapping[int | None, float], now: datetime) -> tuple[int, float, datetime, int]:
    """The smaller, the sooner."""
    if now - run.waiting_since >= OVERDUE:
        return (-1, 0.0, run.waiting_since, run.pk)
    return (PLACES[Run.Priority(run.priority)], used.get(run.requested_by_id, 0.0), run.waiting_since, run.pk)


@everywhere()
def gpu_seconds() -> dict[int | None, float]:
    """What each person used lately, in all projects; None stands for runs that nobody asked for."""
    recent = Run.objects.filter(Q(state__in=Run.OPEN) | Q(ended_at__gt=timezone.now() - LATELY), queue=Queue.GPU)
    gpus = Greatest(Func(F("gpu_uuids"), function="jsonb_array_length", output_field=IntegerField()), Value(1))
    now = Coalesce(Extract(Now() - F("working_since"), "epoch"), Value(0.0), output_field=FloatField())
    seconds = (F("worked_seconds") + Greatest(now, Value(0.0))) * Cast(gpus, FloatField())
    used = Sum(seconds, output_field=FloatField())
    return dict(recent.order_by().values_list("requested_by").annotate(used=used))


@everywhere()
def count(queue: str) -> int:
    """How many wait in a queue, of all projects."""
    return queued(queue).count()
