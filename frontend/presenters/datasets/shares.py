"""Versions that other projects share with this one, and those that this one shares."""

from typing import Any

from django.db.models import QuerySet

from annotation.models import Version, VersionShare
from annotation.moves.preview import targets
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import here


def shared_here(words: str = "") -> QuerySet[VersionShare]:
    """What the project at work may read now, the newest first; with words, those whose name has them."""
    found = VersionShare.objects.filter(ended_at=None).select_related("version__project").order_by("-pk")
    return found.filter(version__name__icontains=words) if words else found


def given(version: Version) -> QuerySet[VersionShare]:
    """With whom a version is shared."""
    return VersionShare.given.filter(version=version, ended_at=None).select_related("project", "by").order_by("-pk")


def given_away() -> QuerySet[VersionShare]:
    """What other projects read of the project at work."""
    return VersionShare.given.filter(ended_at=None).select_related("project", "version").order_by("pk")


def choices(version: Version, by: User) -> QuerySet[Project]:
    """With whom this person may share it, and it is not shared yet."""
    return targets(by).exclude(pk=here()).exclude(pk__in=given(version).values("project"))


def facts(version: Version) -> dict[str, Any]:
    """What another project reads of it besides its records."""
    return {name: version.counts.get(name, 0) for name in ("items", "train", "test", "prompts")}
