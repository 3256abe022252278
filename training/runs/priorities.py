"""The priority of a run that waits: who may set which, and changing it. `queue_order` says what comes of it."""

from django.db import transaction

from studio.accounts.models import User
from studio.accounts.roles import Capability
from training.models import Run
from training.runs.forms import FormInvalid

HELP = "Among runs that wait for the same machines. It can be changed while the run waits."


def offered(by: User | None) -> list[tuple[str, str]]:
    """As choices, the usual one first."""
    known = [Run.Priority.NORMAL, Run.Priority.LOW]
    return [(one.value, one.label) for one in ([*known, Run.Priority.HIGH] if by and may_set_high(by) else known)]


def may_set_high(by: User) -> bool:
    """It goes before the runs of all projects."""
    return by.can(Capability.ADMINISTER)


def errors(priority: str, by: User | None) -> dict[str, str]:
    """What is wrong with setting it; a command asks for nobody."""
    if priority and priority not in Run.Priority.values:
        return {"priority": f"There is no priority {priority!r}: it is {', '.join(Run.Priority.values)}."}
    if priority == Run.Priority.HIGH and by and not may_set_high(by):
        return {"priority": "Only an admin may set high: it goes before the runs of all projects. Choose normal."}
    return {}


@transaction.atomic
def change(run: Run, priority: str, by: User | None = None) -> bool:
    """Whether it was changed: of a run that waits, or of a recipe that is open with its stages that wait.

    Raises FormInvalid.
    """
    if found := errors(priority or "none", by):
        raise FormInvalid(found)
    is_open = Run.OPEN if run.kind == Run.Kind.RECIPE else (Run.State.QUEUED,)
    changed = Run.objects.filter(pk=run.pk, state__in=is_open).update(priority=priority)
    if changed:
        Run.objects.filter(parent=run.pk, state=Run.State.QUEUED).update(priority=priority)
    return bool(changed)


def may_change(run: Run) -> bool:
    """Whether there is something to change."""
    return run.state == Run.State.QUEUED or (run.kind == Run.Kind.RECIPE and run.is_open)
