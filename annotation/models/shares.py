"""What another project may read or use: dataset versions, and whatever else is a `Share`."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotation.models.datasets import Version
from studio.projects.models import Project
from studio.projects.rows import IsHere, Rows, its_project


class ShareQuerySet(models.QuerySet[Any]):
    def open(self) -> "ShareQuerySet":
        """Those that have not ended."""
        return self.filter(ended_at=None)


class SharesGiven(models.Manager[Any]):
    """Of what belongs to the project at work."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(IsHere(f"{self.model.of}__project"))


class Share(models.Model):
    """`project` has what the column `of` names, which is another's, until `ended_at`. The row stays for the runs that
    had it meanwhile."""

    of: ClassVar[str]

    project = its_project()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True)

    # What was shared with the project at work, and what it shares.
    objects = Rows.from_queryset(ShareQuerySet)()
    given = SharesGiven.from_queryset(ShareQuerySet)()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.shared}, shared with {self.project}"

    @property
    def shared(self) -> Any:
        return getattr(self, self.of)

    @property
    def owner(self) -> Project:
        found: Project = self.shared.project
        return found

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class VersionShare(Share):
    of = "version"

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="shares")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version"], condition=Q(ended_at=None), name="version_shared_once_at_a_time"
            )
        ]
