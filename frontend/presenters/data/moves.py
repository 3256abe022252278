"""What pages say of collections that moved: whose work goes along, and where they went."""

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
    """A collection that was here: whether it is where this move brought it, or here again, and its page there.

    The page is empty for who may not go there, and where it has moved on.
    """
    collection, now = move.collection, move.collection.project
    is_there, is_here = now == move.reached, now.pk == here()
    page = reverse("collection", args=[collection.slug])
    if is_there and by.projects().contains(now):
        page = addresses.within(now.slug, page)
    elif not is_here:
        page = ""
    return {"move": move, "is_there": is_there, "is_here": is_here, "href": page}


def of_run(result: dict[str, Any], by: User) -> dict[str, Any] | None:
    """What the run that moved it shows; null while it is at work, and where nothing moved."""
    moves = Move.objects.filter(pk=result.get("move") or 0).select_related("reached", "collection__project")
    move = moves.first()
    return gone(move, by) if move else None


def arrived(collection: Collection, by: User) -> dict[str, Any] | None:
    """How it came here, and a link to where it was for those who may go there; null where it began here."""
    last = Move.objects.filter(collection=collection).select_related("by", "left").order_by("-pk").first()
    if last is None:
        return None
    left = last.left
    return {"move": last, "href": addresses.root(left.slug) if left and by.projects().contains(left) else ""}
