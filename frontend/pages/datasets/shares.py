"""A version to another project: sharing it and ending that, and how the other project reads it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from annotation.datasets import shares as acts
from annotation.interchange.exports import CONTAINERS, ExportRefused, export_version, file_name, n_rows
from annotation.models import Version, VersionShare
from frontend.kit.list_pages import list_response
from frontend.pages.datasets.versions import ITEMS, downloads, listed_items
from frontend.presenters.datasets import shares
from frontend.presenters.training.launch import reading
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.streaming import download
from studio.projects.models import Project
from training.runs.kinds import KINDS


class ShareForm(forms.Form):
    project = forms.ModelChoiceField(
        Project.objects.none(), to_field_name="slug", label="With the project", empty_label="Choose a project"
    )


@requires(Capability.MANAGE_DATA)
def version_share(request: HttpRequest, pk: int) -> HttpResponse:
    """Who reads it, what they see of it, and the form."""
    found, user = get_object_or_404(Version, pk=pk), asker(request)
    form = ShareForm(request.POST or None)
    field = form.fields["project"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = shares.choices(found, user)
    if request.method == "POST" and form.is_valid():
        project = form.cleaned_data["project"]
        acts.share(found, project, user)
        messages.success(request, f"{project} reads {found} from now on, among its datasets.")
        return redirect("version_share", pk)
    context = {
        "version": found,
        "form": form,
        "given": shares.given(found),
        "facts": list(shares.facts(found).items()),
        "has_choice": shares.choices(found, user).exists(),
    }
    return render(request, "shares/share.html", context, status=422 if form.errors else 200)


@require_POST
@requires(Capability.MANAGE_DATA)
def version_share_end(request: HttpRequest, pk: int, share: int) -> HttpResponse:
    shared = get_object_or_404(VersionShare.given.select_related("version", "project"), pk=share, version=pk)
    if acts.end(shared, asker(request)):
        messages.success(
            request, f"{shared.project} does not read {shared.version} any more. Its runs keep what they made."
        )
    return redirect("version_share", pk)


@requires(Capability.READ_DATA)
def shared_version(request: HttpRequest, pk: int) -> HttpResponse:
    """As another project reads it: its records and how many they are; the rest is none of its business."""
    shared = opened(pk)
    version = shared.version
    kinds = [one for one in reading(version, asker(request)) if KINDS[one[0]].reads_shared]
    context: dict[str, Any] = {
        "shared": shared,
        "version": version,
        "facts": shares.facts(version),
        "downloads": downloads(version),
        "kinds": kinds,
    }
    return list_response(request, ITEMS, listed_items(version), "shares/items", context)


@requires(Capability.READ_DATA)
def shared_download(request: HttpRequest, pk: int) -> Any:
    """`?format=trl_preference&as=parquet&split=train`: the file, streamed."""
    version = opened(pk).version
    format, container = request.GET.get("format", "records"), request.GET.get("as", "jsonl")
    split = request.GET.get("split") or None
    if split not in (None, "train", "test"):
        raise BadRequest("split: it is train or test.")
    try:
        blocks = export_version(version, format, container, split)
    except ExportRefused as error:
        raise BadRequest(str(error)) from error
    name = file_name(version, format, container, split)
    return download(request, blocks, CONTAINERS[container], name, n_rows(version, split))


def opened(pk: int) -> VersionShare:
    """One that the project at work may read now."""
    return get_object_or_404(shares.shared_here(), pk=pk)
