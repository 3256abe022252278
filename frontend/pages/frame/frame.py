"""What the frame asks for after a page has come: health, running jobs, the palette's findings."""

import re
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import never_cache

from annotation.judges.config import registry
from annotation.models import Author, Collection, Version, VersionShare
from annotation.models.datasets import called as versions_called
from frontend.kit import wording
from frontend.kit.navigation import ADMIN, below, places, tabs
from frontend.presenters.datasets.shares import shared_here
from frontend.presenters.training.launch import launchable
from studio.accounts.access import asker, requires
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.monitoring import health
from studio.projects import addresses
from training.checkpoints.shares import usable
from training.models import Run
from training.models.runs import called as runs_called
from training.recipes import RECIPES
from training.runs.kinds import right_to

FOUND = 6
ACTS = (
    ("Import data", "import", "upload", Capability.MANAGE_DATA),
    ("New collection", "collection_new", "plus", Capability.MANAGE_DATA),
    ("Register a checkpoint", "checkpoint_new", "checkpoints", Capability.ADMINISTER),
    ("Freeze a version", "version_freeze", "lock", Capability.MANAGE_DATA),
    ("Invite by link", "invitation_new", "link", Capability.MANAGE_PEOPLE),
)


@never_cache
@requires(Capability.ANNOTATE)
def state(request: HttpRequest) -> HttpResponse:
    """The health dot and the ring of running jobs, as a fragment."""
    report = health.report()
    running = list(running_jobs()) if may(request, Capability.READ_DATA) else []
    share = sum(run.share_done for run in running) / len(running) if running else 0
    return render(request, "components/frame_state.html", {"report": report, "running": running, "share": share})


@never_cache
@requires(Capability.ANNOTATE)
def palette(request: HttpRequest) -> JsonResponse:
    """What the palette offers for `q`: `{groups: [{title, items: [{title, hint, url, icon}]}]}`.

    An item has `opens`, the id of a dialog, in place of an address where it is no page.
    """
    words = request.GET.get("q", "").strip()[:100]
    groups = [
        {"title": "Go to", "items": going(request, words)},
        {"title": "Do", "items": doing(request, words)},
        {"title": "Projects", "items": switching(asker(request), words) if words else []},
        {"title": "Help", "items": helping(words) if words else []},
    ]
    if words and may(request, Capability.READ_DATA):
        unused = judges_never_asked(words) if may(request, right_to(Run.Kind.JUDGE)) else []
        groups += [
            {"title": "Search", "items": [searching(words)]},
            *things(words),
            group("New judges", "judge", unused),
        ]
    return JsonResponse({"groups": [group for group in groups if group["items"]]})


def running_jobs() -> QuerySet[Run]:
    return Run.objects.filter(state=Run.State.RUNNING).order_by("-id")[:9]


def may(request: HttpRequest, capability: Capability) -> bool:
    return isinstance(request.user, User) and request.user.can(capability)


def going(request: HttpRequest, words: str) -> list[dict[str, str]]:
    user = request.user
    known = [*places(user), *tabs(user), *below(user)]
    if isinstance(user, User) and user.is_staff:
        known.append(ADMIN)
    return [
        {"title": place.title, "hint": f"g {place.key}" if place.key else "", "url": place.href, "icon": place.name}
        for place in known
        if matches(place.title, words)
    ]


def switching(user: User, words: str) -> list[dict[str, str]]:
    """To other projects by their names."""
    others = user.projects().filter(name__icontains=words, archived_at=None).exclude(slug=addresses.slug())
    return [
        {"title": project.name, "hint": "switch to it", "url": addresses.root(project.slug), "icon": "project"}
        for project in others[:FOUND]
    ]


def searching(words: str) -> dict[str, str]:
    url = f"{reverse('search')}?{urlencode({'q': words})}"
    return {"title": f"Everything that says “{words}”", "hint": "", "url": url, "icon": "search"}


def doing(request: HttpRequest, words: str) -> list[dict[str, str]]:
    """What can be begun: the acts of a place, and a new run of each kind."""
    acts = [(title, reverse(name), icon) for title, name, icon, capability in ACTS if may(request, capability)]
    if may(request, Capability.TRAIN):
        acts += [(f"Start the recipe {name}", reverse("recipe_new", args=[name]), "play") for name in RECIPES]
    if words:
        # Eleven kinds would bury the other acts where nobody asked for one yet.
        acts += [(wording.new_run(label), reverse("run_new", args=[kind]), "plus") for kind, label in kinds(request)]
    found = [{"title": title, "hint": "", "url": url, "icon": icon} for title, url, icon in acts]
    return [item for item in found if matches(item["title"], words)]


def kinds(request: HttpRequest) -> list[tuple[str, str]]:
    return launchable(request.user) if isinstance(request.user, User) else []


def helping(words: str) -> list[dict[str, str]]:
    keys = {"title": "Help: the keys of this page", "hint": "?", "opens": "keys", "icon": "keyboard"}
    api = {"title": "Help: the REST API and its endpoints", "hint": "", "url": reverse("api_docs"), "icon": "book"}
    return [item for item in (keys, api) if matches(item["title"], words)]


def matches(title: str, words: str) -> bool:
    """Every word begins a word of the title: `new dpo` finds "New DPO run". Signs alone match nothing."""
    begins, asked = re.findall(r"\w+", title.lower()), re.findall(r"\w+", words.lower())
    return bool(asked or not words) and all(any(one.startswith(word) for one in begins) for word in asked)


def shared_hit(one: VersionShare) -> tuple[str, str, str]:
    return str(one.version), f"shared by {one.version.project}", reverse("shared_version", args=[one.pk])


def things(words: str) -> list[dict[str, Any]]:
    """Collections, datasets, runs, checkpoints, published models and judges by name."""
    responses = reverse("response_list")
    named = {"name__icontains": words}
    collections = Collection.objects.filter(**named)[:FOUND]
    versions = Version.objects.filter(versions_called(words)).order_by("-id")[:FOUND]
    runs = Run.objects.filter(runs_called(words)).order_by("-id")[:FOUND]
    checkpoints = usable().filter(**named).order_by("-id")[:FOUND]
    models = Author.objects.filter(kind=Author.Kind.MODEL, checkpoint=None, **named).order_by("-id")[:FOUND]
    judges = Author.objects.filter(kind=Author.Kind.JUDGE, **named).order_by("-id")[:FOUND]
    return [
        group(
            "Collections",
            "collection",
            [(c.name, c.source, reverse("collection", args=[c.slug])) for c in collections],
        ),
        group("Datasets", "datasets", [(str(v), v.kind, reverse("version", args=[v.pk])) for v in versions]),
        group("Shared datasets", "link", [shared_hit(one) for one in shared_here(words)[:FOUND]]),
        group("Runs", "runs", [(r.name, r.state, reverse("run", args=[r.pk])) for r in runs]),
        group(
            "Checkpoints",
            "checkpoints",
            [(c.name, c.whose or c.kind, reverse("checkpoint", args=[c.pk])) for c in checkpoints],
        ),
        group("Models", "responses", [(m.name, "responses", f"{responses}?author={m.pk}") for m in models]),
        group("Judges", "judge", [(j.name, "", reverse("judge", args=[j.pk])) for j in judges]),
    ]


def judges_never_asked(words: str) -> list[tuple[str, str, str]]:
    """Judges that nobody has tried or asked yet: title, hint, and the form of a judging run."""
    found = [judge for judge in registry.loaded() if words.lower() in judge.name.lower()]
    authors = Author.objects.filter(kind=Author.Kind.JUDGE, name__in=[judge.author_name for judge in found])
    asked, form = set(authors.values_list("name", flat=True)), reverse("run_new", args=[Run.Kind.JUDGE])
    new = [judge.name for judge in found if judge.author_name not in asked][:FOUND]
    return [(name, "never asked", f"{form}?{urlencode({'judge': name})}") for name in new]


def group(title: str, icon: str, rows: list[tuple[str, str, str]]) -> dict[str, Any]:
    items = [{"title": title, "hint": hint, "url": url, "icon": icon} for title, hint, url in rows]
    return {"title": title, "items": items}


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it beside whatever has no page of ours around it."""
    return redirect(static("mark.svg"))
