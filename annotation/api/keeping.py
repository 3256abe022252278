"""To which projects something is kept, as the API says it."""

from functools import cached_property
from typing import Any

from rest_framework import serializers

from annotation.keeping import ALL_DELETED
from annotation.models.keeping import Kept
from studio.projects.models import Project


class KeptTo(serializers.ListField):
    """Ids of projects, as their slugs; those that were deleted are left out."""

    child = serializers.SlugField(max_length=50)

    def to_representation(self, data: list[int]) -> list[str]:
        return sorted(self.slugs[pk] for pk in data if pk in self.slugs) if data else []

    @cached_property
    def slugs(self) -> dict[int, str]:
        """Of all projects, for all rows of an answer."""
        return dict(Project.objects.values_list("pk", "slug"))

    def to_internal_value(self, data: Any) -> list[Project]:
        slugs = super().to_internal_value(data)
        found = list(Project.objects.filter(slug__in=slugs))
        if missing := sorted(set(slugs) - {project.slug for project in found}):
            raise serializers.ValidationError(f"There is no project {', '.join(missing)}. Take it out.")
        return found


def refuse_opening(row: Kept) -> None:
    """An empty list for what is kept to deleted projects. Raises ValidationError."""
    if row.is_kept_to_nobody:
        says = ALL_DELETED.format(remedy="Give one that may use it; then [] opens it to all.")
        raise serializers.ValidationError({"projects": says})
