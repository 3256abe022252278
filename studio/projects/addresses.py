"""The project in the address of a request: everything of a project lies under `/projects/SLUG/`.

The studio answers there as if it were mounted at that place. So a route, page or endpoint, knows nothing of projects,
and every address that a page writes by its name is one of the same project.
"""

import re
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, reverse, set_script_prefix

AMBIGUOUS = "Say in which project: put /projects/SLUG before /api/v1/. /api/v1/projects/ lists yours."
ARCHIVED = "This project is archived: it is read and not changed. A lead of it can restore it."
# Their changes are none of its data.
ABOUT_PROJECTS = ("/project/", "/api/v1/projects/", "/api/v1/tokens/")
PLACE = re.compile(r"/projects/([-a-zA-Z0-9_]+)(/.*)")
# Pages of projects as such have addresses of their own there.
RESERVED = {"new"}
# What belongs to no project, or to all.
STUDIO_WIDE = (
    "/admin/",
    "/api/",
    "/favicon.ico",
    "/health/",
    "/join/",
    "/password/",
    "/projects/",
    "/settings/",
    "/sign-in/",
    "/sign-out/",
    "/static/",
    "/styleguide/",
)

_slug: ContextVar[str] = ContextVar("studio.projects.slug", default="")


def slug() -> str:
    """As the address of the request has it; empty where it names no project."""
    return _slug.get()


def root(project: str) -> str:
    """Where a project's home is."""
    return f"/projects/{project}/"


def within(project: str, path: str) -> str:
    """The same page in a project."""
    return root(project) + parts(path)[1].removeprefix("/")


def here(path: str) -> str:
    """The same page in the project of the request."""
    return get_script_prefix() + path.removeprefix("/")


def link(request: HttpRequest, name: str, *args: str) -> str:
    """A whole address that names no project: for people who may be no members of one."""
    return request.build_absolute_uri(parts(reverse(name, args=args))[1])


def is_of_a_project(path: str) -> bool:
    """Of a page."""
    return not path.startswith(STUDIO_WIDE)


def needs_a_project(path: str) -> bool:
    """Of an endpoint."""
    return path.startswith("/api/v1/") and not path.startswith(ABOUT_PROJECTS)


def parts(path: str) -> tuple[str, str]:
    """The slug, empty where there is none, and the address as if there were no projects."""
    found = PLACE.fullmatch(path)
    return (found[1], found[2]) if found and found[1] not in RESERVED else ("", path)


def mounted(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware. The first of all: the others compare addresses."""

    def answered(request: HttpRequest) -> HttpResponseBase:
        mount = request.path.removesuffix(request.path_info)
        named, request.path_info = parts(request.path_info)
        token = _slug.set(named)
        set_script_prefix(mount + (root(named) if named else "/"))
        try:
            return get_response(request)
        finally:
            _slug.reset(token)

    return answered
