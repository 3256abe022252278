"""A version that another project shares, as this one reads it."""

from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from annotation.interchange.exports import CONTAINERS, ExportRefused, export_version, file_name, n_rows
from annotation.models import VersionShare
from frontend.kit.list_pages import list_response
from frontend.pages.datasets.versions import ITEMS, downloads, listed_items
from frontend.presenters.datasets import shares
from frontend.presenters.training.launch import reading
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
from studio.http.streaming import download
from training.runs.kinds import KINDS


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
