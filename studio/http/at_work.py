"""Requests at work: those of somebody who has signed in, in a project; the admin site's, everywhere."""

from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from studio.http.unrouted_problems import UNDER, problem
from studio.projects import addresses
from studio.projects.models import Project
from studio.projects.scope import EVERYWHERE, NOWHERE, enter

ADMIN = "/admin/"
READS = {"GET", "HEAD"}


def at_work(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """A streamed response is at work until it was sent."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        user = request.user
        place = user.at_work if user.is_authenticated else NOWHERE
        if user.is_authenticated and (elsewhere := sent_elsewhere(request, user, place)):
            return elsewhere
        is_everywhere = user.is_authenticated and request.path_info.startswith(ADMIN)
        with ExitStack() as at_its_end:
            at_its_end.callback(enter(EVERYWHERE if is_everywhere else place))
            response = get_response(request)
            closes = at_its_end.pop_all().close
        response._resource_closers.append(closes)  # type: ignore[attr-defined]  # as Django does itself
        return response

    return answered


def refused_in_archive(request: HttpRequest) -> HttpResponseBase | None:
    """An archived project is read and not changed; what is not of its data, such as the project itself, is."""
    path = request.path_info
    if request.method in READS | {"OPTIONS"} or path.startswith(addresses.ABOUT_PROJECTS):
        return None
    if path.startswith(UNDER):
        return problem(403, addresses.ARCHIVED)
    if addresses.is_of_a_project(path):
        raise PermissionDenied(addresses.ARCHIVED)
    return None


def sent_elsewhere(request: HttpRequest, user: Any, place: int | None) -> HttpResponseBase | None:
    """Where the address names a project that is not theirs or is archived, or none. Who comes with a token, later."""
    path = request.path_info
    if addresses.slug():
        if place is NOWHERE:
            raise Http404
        if request.method == "GET" and not path.startswith(UNDER):
            user.remember(place)
    elif path.startswith(UNDER):
        if user.is_ambiguous and addresses.needs_a_project(path):
            return problem(400, addresses.AMBIGUOUS)
    elif place is not NOWHERE and request.method in READS and addresses.is_of_a_project(path):
        slug = Project.objects.values_list("slug", flat=True).get(pk=place)
        return redirect(addresses.within(slug, request.get_full_path()))
    return refused_in_archive(request) if user.placement.is_archived else None
