"""Frozen versions that another project reads.

Shared is what was frozen: its records, and how many they are. How it came about is not: collections, pairs, people and
runs stay unseen, so it has pages and endpoints of its own there.
"""

from typing import Any

from django.db.models import Q, QuerySet
from django.dispatch import receiver

from annotation import sharing
from annotation.models import Version, VersionShare
from studio.projects.erasing import erasing
from studio.projects.models import Project
from studio.projects.rows import IsHere


def readable() -> QuerySet[Version]:
    """The versions of the project at work, and those that are shared with it: what training may read."""
    shared = VersionShare.objects.open()
    return Version._base_manager.filter(Q(IsHere("project")) | Q(pk__in=shared.values("version")))


@receiver(erasing)
def let_go(project: Project, **_: Any) -> None:
    sharing.let_go(VersionShare, project)
