"""Home: the circle as a picture, what waits for me, and the last results along the pipeline."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.models import Assignment
from frontend import circle
from studio.accounts.access import requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from training.models import Evaluation, Run

SHOWN = 8
HOW = "Wins plus half the ties, with a 95 % interval over prompts."


@requires(Capability.ANNOTATE)
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    context: dict[str, Any] = {"waiting": waiting(user)}
    if user.can(Capability.READ_DATA):
        context |= {"stations": circle.stations(), "results": results()}
    return render(request, "home.html", context)


def waiting(user: User) -> list[dict[str, str]]:
    """What wants this person: pairs to judge, runs of theirs that did not end well."""
    pairs = Assignment.objects.filter(state=Assignment.State.WAITING).count()
    items = []
    if pairs:
        words = f"{circle.plural(pairs, 'judgment')} wanted"
        items.append({"icon": "review", "words": words, "href": "/review/", "act": "Review"})
    for run in Run.objects.filter(requested_by=user, parent=None, state__in=Run.RESUMABLE).order_by("-id")[:SHOWN]:
        items.append({"icon": "runs", "words": f"{run.name}: {run.state}", "href": f"/runs/{run.pk}/", "act": "Look"})
    return items


def results() -> list[dict[str, Any]]:
    """The evaluations of the newest recipe, its stages and their controls, in the order in which they were made."""
    last = Evaluation.objects.order_by("-id").select_related("run").first()
    if last is None:
        return []
    together = {"run__parent": last.run.parent} if last.run.parent_id else {"run": last.run}
    rows = Evaluation.objects.filter(**together).select_related("checkpoint").order_by("id")[:SHOWN]
    return [
        {
            "title": row.checkpoint.name,
            "href": f"/evaluate/?run={row.run_id}",
            "value": row.win_rate,
            "low": row.win_rate_low,
            "high": row.win_rate_high,
            "n": row.n,
            "is_control": row.is_control,
            "how": HOW,
        }
        for row in rows
    ]
