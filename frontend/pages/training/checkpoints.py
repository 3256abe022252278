"""Checkpoints: the list, and one with what it came from, what came of it and how it stands."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from frontend.kit.filters import Filters
from frontend.kit.list_pages import list_response
from frontend.kit.listing import Column, Listing, Rows
from frontend.presenters.data.whereabouts import whereabouts
from frontend.presenters.evaluation import evaluate, tasks
from frontend.presenters.training.checkpoints import code_of, rewarding, weights_size, written
from frontend.presenters.training.launch import starting_from
from frontend.presenters.training.lineage import origins
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from training.checkpoints import remote_code
from training.checkpoints.chat_templates import OWN
from training.checkpoints.registration import CheckpointForm, register
from training.checkpoints.remote_code import RemoteCodeRefused
from training.checkpoints.shares import is_usable, usable
from training.models import Checkpoint

RUNS_SHOWN = 20


class CheckpointFilters(Filters):
    q = forms.CharField(label="Search")
    kind = forms.ChoiceField(choices=[("", "Any"), *Checkpoint.Kind.choices])

    by = {
        "q": lambda checkpoints, words: checkpoints.filter(name__icontains=words),
        "kind": lambda checkpoints, kind: checkpoints.filter(kind=kind),
    }


CHECKPOINTS = Listing(
    words="checkpoints",
    filters=CheckpointFilters,
    columns=(
        Column("name", "Name", sort="name", grows=True),
        Column("kind", "Kind"),
        Column("base", "From"),
        Column("run", "Made by"),
        Column("parameters", "Parameters", sort="parameters", number=True, sparse=True),
        Column("template", "Template", shown=False),
        Column("digest", "Digest", shown=False),
        Column("added", "Made", sort="id"),
    ),
    sort="-added",
    across=Capability.READ_DATA,
)


def listed_checkpoints() -> Rows:
    return usable().values(
        "id",
        "name",
        "kind",
        "author_id",
        "base_id",
        "run_id",
        "parameters",
        "template",
        "digest",
        "shared_by",
        "created_at",
        base_name=F("base__name"),
        run_name=F("run__name"),
    )


@requires(Capability.READ_DATA)
def checkpoint_list(request: HttpRequest) -> HttpResponse:
    return list_response(request, CHECKPOINTS, listed_checkpoints(), "checkpoints")


@requires(Capability.READ_DATA)
def checkpoint(request: HttpRequest, pk: int) -> HttpResponse:
    found, by = (
        get_object_or_404(
            Checkpoint.objects.select_related("base", "run", "original__code_allowed_by", "code_allowed_by"), pk=pk
        ),
        asker(request),
    )
    usable_now, lineage, behind = is_usable(found), found.lineage()[::-1], origins(found)
    versions = {version for step in lineage for version in step.versions}
    context: dict[str, Any] = {
        "checkpoint": found,
        "is_usable": usable_now,
        "kinds": starting_from(found, by) if usable_now else [],
        "is_policy": found.kind == Checkpoint.Kind.POLICY,
        "lineage": lineage,
        "origins": behind,
        "whereabouts": whereabouts(versions | {step.version for step in behind if step.version}, by),
        "descendants": found.descendants.order_by("id"),
        "runs": found.runs.only("name", "state", "created_at", "checkpoint").order_by("-id")[:RUNS_SHOWN],
        "standings": evaluate.of_checkpoint(found),
        "tasks": tasks.measured(found.task_results.order_by("-run", "pk")),
        "written": written(found),
        "size": weights_size(found),
        "code": code_of(found),
    }
    if found.kind == Checkpoint.Kind.REWARD:
        context |= rewarding(found)
    return render(request, "checkpoints/checkpoint.html", context)


@require_POST
@requires(Capability.ADMINISTER)
def checkpoint_code(request: HttpRequest, pk: int) -> HttpResponse:
    """Allow the code that it brings, or forbid it. Code may do all that a worker may, so it is an admin’s act."""
    found = get_object_or_404(Checkpoint, pk=pk)
    try:
        (remote_code.allow if request.POST.get("allow") else remote_code.forbid)(found, asker(request))
    except RemoteCodeRefused as refused:
        messages.error(request, str(refused))
    return redirect("checkpoint", pk)


@requires(Capability.ADMINISTER)
def checkpoint_new(request: HttpRequest) -> HttpResponse:
    """Your own model by its folder. This names files on the workers' disk, so it is an admin's."""
    form = CheckpointForm(request.POST or None, initial={"template": OWN, "kind": Checkpoint.Kind.POLICY})
    if request.method == "POST" and form.is_valid():
        made = register(form.save(commit=False))
        messages.success(request, f"{made} is registered.")
        return redirect("checkpoint", made.pk)
    return render(request, "checkpoints/new.html", {"form": form}, status=422 if form.is_bound else 200)
