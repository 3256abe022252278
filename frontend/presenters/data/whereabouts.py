"""Where a version or a collection is by now: here, shared by another project, or moved to one."""

from collections.abc import Iterable
from typing import NamedTuple

from django.urls import reverse

from annotation.models import Collection, Move, Version, VersionShare
from studio.accounts.models import User
from studio.projects import addresses
from studio.projects.scope import here


class Whereabouts(NamedTuple):
    """Its page, empty where this person finds none; and in words where it is, empty of what is here."""

    href: str
    words: str = ""


def whereabouts(rows: Iterable[Version | Collection], by: User) -> dict[Version | Collection, Whereabouts]:
    """Of each; as many queries for many as for one, where their projects are read already."""
    rows = list(rows)
    away = [row for row in rows if row.project_id != here()]
    versions = {row.pk: row for row in away if isinstance(row, Version)}
    shares = VersionShare.objects.filter(version__in=versions).order_by("pk")
    last: dict[Version | Collection, VersionShare] = {versions[one.version_id]: one for one in shares}
    reached = elsewhere(away, by)
    return {row: of_one(row, last.get(row), reached.get(row.project_id)) for row in rows}


def elsewhere(rows: list[Version | Collection], by: User) -> dict[int | None, bool]:
    """The projects to which something went from here, by id, and whether this person may enter them."""
    ids = {row.project.pk for row in rows}
    reached = ids & set(Move.objects.filter(left=here(), reached__in=ids).values_list("reached_id", flat=True))
    entered = set(by.projects().filter(pk__in=reached).values_list("pk", flat=True))
    return {pk: pk in entered for pk in reached}


def of_one(row: Version | Collection, shared: VersionShare | None, may_enter: bool | None) -> Whereabouts:
    """`may_enter` is null of a project to which nothing went from here: it went on from there."""
    page = reverse("version", args=[row.pk]) if isinstance(row, Version) else reverse("collection", args=[row.slug])
    if row.project_id == here():
        return Whereabouts(page)
    if shared:
        href = reverse("shared_version", args=[shared.pk]) if shared.is_open else ""
        return Whereabouts(href, f"{'' if shared.is_open else 'was '}shared by {row.project}")
    if may_enter is None:
        return Whereabouts("", "moved to another project")
    return Whereabouts(addresses.within(row.project.slug, page) if may_enter else "", f"moved to {row.project}")
