"""Search over everything that has a name, and in the text of prompts."""

from typing import Any

from django.db.models import F
from django.db.models.functions import Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from annotation.models import Collection, Prompt, Version
from annotation.models.datasets import called as versions_called
from frontend.pages.data.pairs import EXCERPT
from frontend.presenters.datasets.shares import shared_here
from studio.accounts.access import requires
from studio.accounts.roles import Capability
from training.checkpoints.shares import usable
from training.models import Run
from training.models.runs import called as runs_called

SHOWN = 10


@requires(Capability.READ_DATA)
def search(request: HttpRequest) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:200]
    hits = found(words) if words else {}
    return render(request, "search/results.html", {"words": words, "found": hits, "any": any(hits.values())})


def found(words: str) -> dict[str, Any]:
    prompts = Prompt.objects.matching(words).order_by("-id")
    named = {"name__icontains": words}
    return {
        "prompts": prompts.values("id", excerpt=Left("text", EXCERPT), collection_name=F("collection__name"))[:SHOWN],
        "collections": Collection.objects.filter(**named)[:SHOWN],
        "versions": Version.objects.filter(versions_called(words)).order_by("-id")[:SHOWN],
        "shared": shared_here(words)[:SHOWN],
        "runs": Run.objects.filter(runs_called(words)).order_by("-id")[:SHOWN],
        "checkpoints": usable().filter(**named).order_by("-id")[:SHOWN],
    }
