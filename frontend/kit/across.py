"""A list of the project at work, or of all projects in which somebody may read it: `?projects=all`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from django.db.models import F
from django.http import HttpRequest

from frontend.kit.filters import address
from frontend.kit.listing import Column, Listing, Rows
from studio.accounts.access import asker
from studio.projects.scope import among

ALL = "all"
PROJECT = Column("project", "Project")
# With these a row's links lead into its project: see the tag `row_url`.
NAMED = {"project_slug": F("project__slug"), "project_name": F("project__name")}


def is_across(request: HttpRequest, listing: Listing) -> bool:
    return listing.across is not None and request.GET.get("projects") == ALL


def spread(listing: Listing, rows: Rows) -> tuple[Listing, Rows]:
    """The list with a column for the project, and its rows with what that shows."""
    return replace(listing, columns=(PROJECT, *listing.columns)), rows.annotate(**NAMED)


@contextmanager
def in_all_projects(request: HttpRequest, listing: Listing) -> Iterator[None]:
    """Rows are those of every project where the one who asks has the right that the list names."""
    assert listing.across
    with among(asker(request).projects_to(listing.across).values_list("pk", flat=True)):
        yield


def switch(request: HttpRequest, listing: Listing) -> dict[str, Any]:
    """For the bar of a list: the address of the other view, and whether this is the one of all projects.

    Who is in one project only has no other view.
    """
    if listing.across is None or not asker(request).is_ambiguous:
        return {}
    is_on = is_across(request, listing)
    moved = {"after": None, "before": None}
    return {"across_url": address(request.GET, projects=None if is_on else ALL, **moved), "is_across": is_on}
