"""A version that another project shares, as this one reads it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from annotation.models import VersionShare
from frontend.kit.list_pages import list_response
from frontend.pages.datasets.versions import ITEMS, downloaded, downloads, listed_items
from frontend.presenters.datasets import shares
from frontend.presenters.training.launch import reading
from studio.accounts.access import asker, requires
from studio.accounts.roles import Capability
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
def shared_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    return downloaded(request, opened(pk).version)


def opened(pk: int) -> VersionShare:
    """One that the project at work may read now."""
    return get_object_or_404(shares.shared_here(), pk=pk)
