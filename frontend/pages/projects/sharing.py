"""A version or a checkpoint to another project: with whom it is shared, sharing it and ending that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from annotation import sharing
from annotation.models import Version, VersionShare
from annotation.models.shares import Share
from frontend.presenters.datasets.shares import facts
from frontend.presenters.projects.sharing import choices, given
from frontend.presenters.training.checkpoints import weights_size
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.projects.models import Project
from training.models import Checkpoint, CheckpointShare


@dataclass(frozen=True)
class Shareable:
    """`about` gives what its template says of what the other project sees."""

    kind: type[Share]
    rows: Callable[[], QuerySet[Any]]
    about: Callable[[Any], dict[str, Any]]
    does: str
    among: str


VERSIONS = Shareable(
    kind=VersionShare,
    rows=Version.objects.all,
    about=lambda version: {"facts": list(facts(version).items())},
    does="read",
    among="datasets",
)
CHECKPOINTS = Shareable(
    kind=CheckpointShare,
    rows=lambda: Checkpoint.objects.filter(shared_by=""),
    about=lambda checkpoint: {"size": weights_size(checkpoint)},
    does="use",
    among="checkpoints",
)


class ShareForm(forms.Form):
    project = forms.ModelChoiceField(
        Project.objects.none(), to_field_name="slug", label="With the project", empty_label="Choose a project"
    )


@requires(Capability.MANAGE_DATA)
def version_share(request: HttpRequest, pk: int) -> HttpResponse:
    return share_page(request, VERSIONS, pk)


@requires(Capability.MANAGE_DATA)
def checkpoint_share(request: HttpRequest, pk: int) -> HttpResponse:
    return share_page(request, CHECKPOINTS, pk)


@require_POST
@requires(Capability.MANAGE_DATA)
def version_share_end(request: HttpRequest, pk: int, share: int) -> HttpResponse:
    return end(request, VERSIONS, pk, share)


@require_POST
@requires(Capability.MANAGE_DATA)
def checkpoint_share_end(request: HttpRequest, pk: int, share: int) -> HttpResponse:
    return end(request, CHECKPOINTS, pk, share)


def share_page(request: HttpRequest, what: Shareable, pk: int) -> HttpResponse:
    """Who has it, what they see of it, and the form."""
    row, user, of = get_object_or_404(what.rows(), pk=pk), asker(request), what.kind.of
    form, offered = ShareForm(request.POST or None), choices(what.kind, row, user)
    field = form.fields["project"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = offered
    if request.method == "POST" and form.is_valid():
        project = form.cleaned_data["project"]
        sharing.share(what.kind, row, project, user)
        messages.success(request, f"{project} {what.does}s {row} from now on, among its {what.among}.")
        return redirect(f"{of}_share", pk)
    context = what.about(row) | {
        "row": row,
        "noun": of,
        "end_url": f"{of}_share_end",
        "form": form,
        "given": given(what.kind, row),
        "has_choice": offered.exists(),
    }
    return render(request, f"shares/{of}.html", context, status=422 if form.errors else 200)


def end(request: HttpRequest, what: Shareable, pk: int, share: int) -> HttpResponse:
    of = what.kind.of
    shared = get_object_or_404(what.kind.given.select_related(of, "project"), pk=share, **{of: pk})
    project, name = shared.project, str(shared.shared)
    if sharing.end(shared, asker(request)):
        messages.success(request, f"{project} does not {what.does} {name} any more. Its runs keep what they made.")
    return redirect(f"{of}_share", pk)
