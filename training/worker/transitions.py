"""Every arrow of a run's state machine, each one conditional UPDATE.

The row is the truth, not the message in the broker: a message may come twice or never. Each function says whether *it*
made the change, so of two that try at once exactly one goes on.
"""

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Extract, Greatest, Now
from django.utils import timezone

from training.models import Run
from training.runs.kinds import PEOPLE

# A worker that died is most often a machine that went away. A run that lost three workers more likely kills them.
ATTEMPTS = 3
# A message this old was lost with its broker, or waits in a long queue, where a second one does no harm.
OVERDUE = timedelta(minutes=5)
# Where its queue is empty, a worker has taken it: one that is at work, or that died with it.
TAKEN = timedelta(seconds=3)
SENT_AT_ONCE = 32


@dataclass(frozen=True)
class Claim:
    """The right to run a run, held by one worker until its lease ends."""

    run_id: int
    token: uuid.UUID


@dataclass(frozen=True)
class Lease:
    """A running run as it was found. One that was renewed since is another lease."""

    run_id: int
    worker: str
    token: uuid.UUID
    until: datetime


class ClaimStatus(Enum):
    """What is to become of a claim."""

    HELD = "held"
    CANCEL = "cancel was asked"
    RELEASE = "its worker shuts down"
    GONE = "no longer ours"


def lease_end() -> Any:
    """By PostgreSQL's clock: those of the machines may differ by more than a lease."""
    return Now() + timedelta(seconds=settings.LEASE_SECONDS)


def claim(run_id: int, worker: str, gpu_uuids: Sequence[str] = ()) -> Claim | None:
    """queued → running, with these GPUs. None for whoever comes second."""
    held = Claim(run_id, uuid.uuid4())
    now = timezone.now()
    taken = Run.objects.filter(pk=run_id, state=Run.State.QUEUED).update(
        state=Run.State.RUNNING,
        claim=held.token,
        worker=worker,
        gpu_uuids=list(gpu_uuids),
        leased_until=lease_end(),
        attempts=F("attempts") + 1,
        started_at=Coalesce("started_at", now),
        working_since=now,
        ended_at=None,
    )
    return held if taken else None


def renew(held: Claim) -> ClaimStatus:
    """Prolong the lease, even one that has run out as long as nobody took the run over."""
    if not _held(held).update(leased_until=lease_end()):
        return ClaimStatus.GONE
    return ClaimStatus.CANCEL if _held(held).exclude(cancel_requested_at=None).exists() else ClaimStatus.HELD


def report(held: Claim, **progress: Any) -> bool:
    """Note how far it is (done, total, unit, rate, eta_seconds), and what came of it so far (result)."""
    return bool(_held(held).update(**progress))


def finish(held: Claim, result: dict[str, Any]) -> bool:
    """running → succeeded."""
    return _end(held, Run.State.SUCCEEDED, result=result, error="", eta_seconds=None)


def fail(held: Claim, error: str) -> bool:
    """running → failed."""
    return _end(held, Run.State.FAILED, error=error, eta_seconds=None)


def start_again(held: Claim, error: str) -> bool:
    """running → queued: its program was killed. It goes on from its newest checkpoint while it has attempts left."""
    again = _held(held).filter(attempts__lt=ATTEMPTS)
    return bool(
        again.update(
            state=Run.State.QUEUED,
            claim=None,
            leased_until=None,
            queued_at=timezone.now(),
            error=error,
            eta_seconds=None,
            **rested(),
        )
    )


def confirm_cancelled(held: Claim, why: str = "") -> bool:
    """running → cancelled: the program has stopped, because it was asked to or for a reason of its own."""
    return _end(held, Run.State.CANCELLED, error=why, eta_seconds=None)


def release(held: Claim) -> bool:
    """running → queued: its worker shuts down. This start does not count as an attempt."""
    return bool(
        _held(held).update(
            state=Run.State.QUEUED,
            claim=None,
            leased_until=None,
            queued_at=timezone.now(),
            attempts=F("attempts") - 1,
            eta_seconds=None,
            **rested(),
        )
    )


def leave_to_people(held: Claim, done: int, total: int) -> bool:
    """running → queued, for people: no worker takes it up before they have given their judgments."""
    return bool(
        _held(held).update(
            state=Run.State.QUEUED,
            queue=PEOPLE,
            claim=None,
            leased_until=None,
            queued_at=timezone.now(),
            attempts=F("attempts") - 1,
            done=done,
            total=total,
            unit="judgments",
            eta_seconds=None,
            **rested(),
        )
    )


def cancel(run_id: int) -> bool:
    """queued → cancelled at once; a running one is asked to stop, once."""
    now = timezone.now()
    run = Run.objects.filter(pk=run_id)
    if run.filter(state=Run.State.QUEUED).update(state=Run.State.CANCELLED, cancel_requested_at=now, ended_at=now):
        return True
    return bool(run.filter(state=Run.State.RUNNING, cancel_requested_at=None).update(cancel_requested_at=now))


def resume(run_id: int) -> bool:
    """failed | lost | cancelled → queued, because a person asked: its attempts count anew."""
    return _requeue(Q(pk=run_id, state__in=Run.RESUMABLE), attempts=0, error="", waiting_since=timezone.now())


def leases() -> list[Lease]:
    """Of all running runs; a recipe has none."""
    return _leases(Run.objects.filter(state=Run.State.RUNNING))


def reap(now: datetime | None = None) -> list[int]:
    """The runs whose lease ran out, lost here."""
    expired = Run.objects.filter(state=Run.State.RUNNING, leased_until__lt=now or Now())
    return lose(_leases(expired))


def lose(found: Iterable[Lease]) -> list[int]:
    """running → lost (or cancelled, if that was asked) where nobody renewed it since; the ids of those changed."""
    return [lease.run_id for lease in found if _lose(lease)]


def restart(run_id: int) -> bool:
    """lost → queued, without being asked, while it has attempts left."""
    return _requeue(Q(pk=run_id, state=Run.State.LOST, attempts__lt=ATTEMPTS))


def resend(empty: Collection[str] = ()) -> list[int]:
    """The queued runs whose message seems lost; each is given to one caller only. `empty` queues hold no message.

    Some at a time: for workers a message says that something waits, so a few wake as many as can begin.
    """
    now = timezone.now()
    overdue = Run.objects.filter(
        Q(queued_at__lt=now - OVERDUE) | Q(queue__in=empty, queued_at__lt=now - TAKEN), state=Run.State.QUEUED
    ).exclude(queue=PEOPLE)
    sent = [
        (pk, overdue.filter(pk=pk).update(queued_at=now))
        for pk in overdue.order_by("queued_at", "pk").values_list("pk", flat=True)[:SENT_AT_ONCE]
    ]
    return [pk for pk, changed in sent if changed]


def open_recipe(run_id: int) -> bool:
    """queued → running for a recipe, which has no worker: its stages have."""
    now = timezone.now()
    recipe = Run.objects.filter(pk=run_id, kind=Run.Kind.RECIPE, state=Run.State.QUEUED)
    return bool(recipe.update(state=Run.State.RUNNING, started_at=Coalesce("started_at", now), ended_at=None))


def close_recipe(run_id: int, state: Run.State, error: str = "") -> bool:
    """running → succeeded | failed | cancelled for a recipe."""
    recipe = Run.objects.filter(pk=run_id, kind=Run.Kind.RECIPE, state=Run.State.RUNNING)
    return bool(recipe.update(state=state, error=error, eta_seconds=None, ended_at=timezone.now(), **rested()))


def reopen(run_id: int) -> bool:
    """succeeded | failed | lost | cancelled → queued for a recipe, because a stage of it is run again."""
    return _requeue(Q(pk=run_id, kind=Run.Kind.RECIPE, state__in=Run.ENDED), error="")


def supersede(run_ids: Collection[int]) -> int:
    """How many of these ended runs, which count no longer, another is to stand for; fewer where one goes on."""
    ended = Run.objects.filter(pk__in=run_ids, state__in=Run.ENDED, superseded_at=None)
    return ended.update(superseded_at=timezone.now())


def time_recipe(run_id: int, working: Collection[datetime], ended: Collection[datetime]) -> None:
    """A recipe works while a stage of it does; the times are when its running stages began, and when others ended."""
    recipe = Run.objects.filter(pk=run_id, kind=Run.Kind.RECIPE, state=Run.State.RUNNING)
    if working:
        recipe.filter(working_since=None).update(working_since=min(working))
    elif ended:
        recipe.exclude(working_since=None).update(**rested(max(ended)))


def rested(at: datetime | None = None) -> dict[str, Any]:
    """What becomes of a run's clock where it stops: what it worked is added up, never less than nothing."""
    until = Value(at or timezone.now(), output_field=DateTimeField())
    worked = Coalesce(Extract(Greatest(until, F("working_since")) - F("working_since"), "epoch"), Value(0.0))
    return {"worked_seconds": F("worked_seconds") + worked, "working_since": None}


def _held(held: Claim) -> QuerySet[Run]:
    return Run.objects.filter(pk=held.run_id, state=Run.State.RUNNING, claim=held.token)


def _end(held: Claim, state: Run.State, **fields: Any) -> bool:
    ended = {"claim": None, "leased_until": None, "ended_at": timezone.now()} | rested()
    return bool(_held(held).update(state=state, **ended, **fields))


def _requeue(which: Q, **fields: Any) -> bool:
    # What a night found to have no files gets some now.
    anew = {"cancel_requested_at": None, "ended_at": None, "files_erased_bytes": None, "queued_at": timezone.now()}
    found = Run.objects.filter(which, files_erased_at=None, superseded_at=None)
    return bool(found.update(state=Run.State.QUEUED, **anew, **fields))


def _leases(runs: QuerySet[Run]) -> list[Lease]:
    # In one order, so that two who take over many at once never wait for each other in a circle.
    found = runs.order_by("pk").values_list("pk", "worker", "claim", "leased_until")
    return [Lease(pk, worker, token, until) for pk, worker, token, until in found if token and until]


def _lose(lease: Lease) -> bool:
    found = Run.objects.filter(pk=lease.run_id, state=Run.State.RUNNING, claim=lease.token, leased_until=lease.until)
    ended = {"claim": None, "leased_until": None, "ended_at": timezone.now(), "eta_seconds": None}
    # Nothing was heard of it since it last prolonged its lease.
    ended |= rested(lease.until - timedelta(seconds=settings.LEASE_SECONDS))
    if found.exclude(cancel_requested_at=None).update(state=Run.State.CANCELLED, **ended):
        return True
    again = f"A lost run starts anew from its newest checkpoint, {ATTEMPTS} times at most."
    error = f"{lease.worker} stopped answering: look under Machines whether it is on. {again}"
    return bool(found.filter(cancel_requested_at=None).update(state=Run.State.LOST, error=error, **ended))
