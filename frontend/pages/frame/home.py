"""Home: the circle as a picture, what waits for me, the last results along the pipeline, and what ended last."""

from dataclasses import replace
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.models import Flag
from annotation.review import queue
from frontend.presenters.evaluation import evaluate
from frontend.presenters.frame.home import Station, stations
from studio.accounts.access import requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.projects.addresses import here
from studio.words import counted
from training.models import Run

SHOWN = 8
WAYS = [
    {
        "name": "import",
        "icon": "upload",
        "title": "Drop a file",
        "says": "Prompts, responses, pairs or judgments, in any form that the field writes them.",
    },
    {
        "name": "judge_list",
        "icon": "judge",
        "title": "Connect a judge",
        "says": "Each judge is ready to be tried on a pair. An endpoint with its key lets it answer.",
    },
    {
        "name": "checkpoint_new",
        "icon": "checkpoints",
        "title": "Register a model",
        "says": "A folder of safetensors. Sample from it, train it further, compare it.",
    },
]


@requires(Capability.ANNOTATE)
def home(request: HttpRequest) -> HttpResponse:
    user = request.user
    assert isinstance(user, User)
    pairs = queue.waiting().count()
    context: dict[str, Any] = {"waiting": waiting(user, pairs)}
    if user.can(Capability.READ_DATA):
        circle = stations(pairs)
        context |= {"stations": circle, "results": results(), "ways": ways_to_begin(user, circle), "ended": ended()}
    return render(request, "home.html", context)


def ways_to_begin(user: User, circle: list[Station]) -> list[dict[str, str]]:
    """Of a project that holds nothing yet: what its people can do first. Empty where something is there."""
    if any(station.count != "0" for station in circle) or not user.can(Capability.MANAGE_DATA):
        return []
    return [way for way in WAYS if way["name"] != "checkpoint_new" or user.can(Capability.ADMINISTER)]


def waiting(user: User, pairs: int) -> list[dict[str, str]]:
    """What wants this person: pairs to judge, runs of theirs that did not end well."""
    items = flags(user)
    if pairs:
        words = f"{counted(pairs, 'judgment')} wanted"
        items.append({"icon": "review", "words": words, "href": here("/review/"), "act": "Review"})
    for run in Run.objects.filter(requested_by=user, parent=None, state__in=Run.RESUMABLE).order_by("-id")[:SHOWN]:
        items.append(
            {"icon": "runs", "words": f"{run.name}: {run.state}", "href": here(f"/runs/{run.pk}/"), "act": "Look"}
        )
    return items


def flags(user: User) -> list[dict[str, str]]:
    """What a lead has to settle, and what became of this person's own flags since they looked."""
    items, to_settle = [], Flag.objects.filter(state=Flag.State.OPEN).count()
    if to_settle and user.can(Capability.MANAGE_DATA):
        words = f"{counted(to_settle, 'flag')} to settle"
        items.append({"icon": "flag", "words": words, "href": here("/flags/?state=open"), "act": "Settle"})
    settled = Flag.objects.filter(author__user=user, seen=False).exclude(state=Flag.State.OPEN).count()
    if settled:
        words = f"{counted(settled, 'flag')} of yours settled"
        items.append({"icon": "flag", "words": words, "href": here("/review/my/flags/?new=on"), "act": "Look"})
    return items


def ended() -> QuerySet[Run]:
    """The runs that ended last, whoever launched them; stages stand with their recipe."""
    found = Run.objects.filter(parent=None, state=Run.State.SUCCEEDED)
    return found.only("name", "ended_at").order_by("-ended_at")[:SHOWN]


def results() -> evaluate.EvaluationTable | None:
    """The newest table: its stages and their controls, each once."""
    found = evaluate.newest()
    if found is None:
        return None
    once = {row.checkpoint.pk: row for row in reversed(found.rows)}
    return replace(found, rows=list(reversed(once.values()))[:SHOWN])
