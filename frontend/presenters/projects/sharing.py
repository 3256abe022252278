"""With whom a row of the project at work is shared, and with whom it could be."""

from typing import Any

from django.db.models import QuerySet

from annotation.models import VersionShare
from annotation.models.shares import Share
from annotation.moves.preview import targets
from studio.accounts.models import User
from studio.projects.models import Project
from studio.projects.scope import here
from training.models import CheckpointShare


def given(kind: type[Share], row: Any) -> QuerySet[Any]:
    """With whom it is shared."""
    found = kind.given.open().filter(**{kind.of: row})
    return found.select_related("project", "by").order_by("-pk")


def given_away() -> list[Share]:
    """What other projects read or use of the project at work."""
    kinds: list[type[Share]] = [VersionShare, CheckpointShare]
    return [one for kind in kinds for one in kind.given.open().select_related("project", kind.of).order_by("pk")]


def choices(kind: type[Share], row: Any, by: User) -> QuerySet[Project]:
    """With whom this person may share it, and it is not shared yet."""
    return targets(by).exclude(pk=here()).exclude(pk__in=given(kind, row).values("project"))
