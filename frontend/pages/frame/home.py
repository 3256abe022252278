"""Home: the circle as a picture, what waits for me, and the last results along the pipeline."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.models import Flag
from annotation.review import queue
from frontend.presenters.evaluation import evaluate
from frontend.presenters.frame.home import stations
from studio.accounts.access import requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.words import counted
from training.models import Run

SHOWN = 8


@requires(Capability.ANNOTATE)
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    pairs = queue.waiting().count()
    context: dict[str, Any] = {"waiting": waiting(user, pairs)}
    if user.can(Capability.READ_DATA):
        context |= {"stations": stations(pairs), "results": results()}
    return render(request, "home.html", context)


def waiting(user: User, pairs: int) -> list[dict[str, str]]:
    """What wants this person: pairs to judge, runs of theirs that did not end well."""
    items = flags(user)
    if pairs:
        words = f"{counted(pairs, 'judgment')} wanted"
        items.append({"icon": "review", "words": words, "href": "/review/", "act": "Review"})
    for run in Run.objects.filter(requested_by=user, parent=None, state__in=Run.RESUMABLE).order_by("-id")[:SHOWN]:
        items.append({"icon": "runs", "words": f"{run.name}: {run.state}", "href": f"/runs/{run.pk}/", "act": "Look"})
    return items


def flags(user: User) -> list[dict[str, str]]:
    """What a lead has to settle, and what became of this person's own flags since they looked."""
    items, to_settle = [], Flag.objects.filter(state=Flag.State.OPEN).count()
    if to_settle and user.can(Capability.MANAGE_DATA):
        words = f"{counted(to_settle, 'flag')} to settle"
        items.append({"icon": "flag", "words": words, "href": "/flags/?state=open", "act": "Settle"})
    settled = Flag.objects.filter(author__user=user, seen=False).exclude(state=Flag.State.OPEN).count()
    if settled:
        words = f"{counted(settled, 'flag')} of yours settled"
        items.append({"icon": "flag", "words": words, "href": "/review/my/flags/?new=on", "act": "Look"})
    return items


def results() -> evaluate.EvaluationTable | None:
    """The newest table: its stages and their controls, each once."""
    found = evaluate.newest()
    if found is None:
        return None
    once = {row.checkpoint.pk: row for row in reversed(found.rows)}
    return replace(found, rows=list(reversed(once.values()))[:SHOWN])
