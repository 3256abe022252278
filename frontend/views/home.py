"""Home: the circle as a picture, what waits for me, and the last results along the pipeline."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.models import Assignment
from frontend import circle, standings
from studio.accounts.access import requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from training.models import Run

SHOWN = 8


@requires(Capability.ANNOTATE)
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    pairs = Assignment.objects.filter(state=Assignment.State.WAITING).count()
    context: dict[str, Any] = {"waiting": waiting(user, pairs)}
    if user.can(Capability.READ_DATA):
        context |= {"stations": circle.stations(pairs), "results": results()}
    return render(request, "home.html", context)


def waiting(user: User, pairs: int) -> list[dict[str, str]]:
    """What wants this person: pairs to judge, runs of theirs that did not end well."""
    items = []
    if pairs:
        words = f"{circle.plural(pairs, 'judgment')} wanted"
        items.append({"icon": "review", "words": words, "href": "/review/", "act": "Review"})
    for run in Run.objects.filter(requested_by=user, parent=None, state__in=Run.RESUMABLE).order_by("-id")[:SHOWN]:
        items.append({"icon": "runs", "words": f"{run.name}: {run.state}", "href": f"/runs/{run.pk}/", "act": "Look"})
    return items


def results() -> standings.Table | None:
    """The newest table: its stages and their controls, each once."""
    found = standings.newest()
    if found is None:
        return None
    once = {row.checkpoint.pk: row for row in reversed(found.rows)}
    return replace(found, rows=list(reversed(once.values()))[:SHOWN])
