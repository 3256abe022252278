"""What pages say of collections that moved: whose work goes along, and where something is now."""

from typing import Any

from django.urls import reverse

from annotation.models import Collection, Move
from annotation.moves.preview import Preview
from studio.accounts.models import Membership, User
from studio.projects import addresses
from studio.projects.models import Project
from studio.projects.scope import here


def people_of(expected: Preview, project: Project) -> list[dict[str, Any]]:
    """Those whose work goes along; `is_member` of the project that it goes to, null for a name without an account."""
    members = set(Membership.objects.filter(project=project).values_list("user", flat=True))
    return [
        {"name": one["name"], "is_member": one["user"] in members if one["user"] else None} for one in expected.people
    ]


def gone(move: Move, by: User) -> dict[str, Any]:
    """A collection that was here."""
    return {"move": move, "href": href(move.reached, move.collection, by)}


def of_run(result: dict[str, Any], by: User) -> dict[str, Any] | None:
    """What the run that moved it shows; null while it is at work, and where nothing moved."""
    move = Move.objects.filter(pk=result.get("move") or 0).select_related("reached", "collection").first()
    return gone(move, by) if move else None


def arrived(collection: Collection, by: User) -> dict[str, Any] | None:
    """How it came here, and a link to where it was for those who may go there; null where it began here."""
    last = Move.objects.filter(collection=collection).select_related("by", "left").order_by("-pk").first()
    if last is None:
        return None
    may_enter = last.left is not None and by.projects().filter(pk=last.left.pk).exists()
    return {"move": last, "href": addresses.root(last.left.slug) if may_enter and last.left else ""}


def elsewhere(project: Project | None, by: User) -> tuple[Project | None, bool]:
    """Where something is that is not here, and whether this person may go there; null where it went on from there."""
    if project is None or not Move.objects.filter(left=here(), reached=project).exists():
        return None, False
    return project, by.projects().filter(pk=project.pk).exists()


def href(project: Project | None, collection: Collection, by: User) -> str:
    """Its page there; empty for who may not go there."""
    if project is None or project.pk != collection.project_id or not by.projects().filter(pk=project.pk).exists():
        return ""
    return addresses.within(project.slug, reverse("collection", args=[collection.slug]))
