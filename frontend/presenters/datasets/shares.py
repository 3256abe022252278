"""Versions that other projects share with this one, and what they read of one of ours."""

from typing import Any

from django.db.models import QuerySet

from annotation.models import Version, VersionShare


def shared_here(words: str = "") -> QuerySet[VersionShare]:
    """What the project at work may read now, the newest first; with words, those whose name has them."""
    found = VersionShare.objects.open().select_related("version__project").order_by("-pk")
    return found.filter(version__name__icontains=words) if words else found


def facts(version: Version) -> dict[str, Any]:
    """What another project reads of it besides its records."""
    return {name: version.counts.get(name, 0) for name in ("items", "train", "test", "prompts")}
