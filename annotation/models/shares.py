"""Dataset versions that another project may read."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from annotation.models.datasets import Version
from studio.projects.rows import IsHere, Rows, its_project


class SharesGiven(models.Manager["VersionShare"]):
    """Of the versions of the project at work."""

    def get_queryset(self) -> models.QuerySet["VersionShare"]:
        return super().get_queryset().filter(IsHere("version__project"))


class VersionShare(models.Model):
    """`project` reads the version of another, until `ended_at`. The row stays for the runs that read it meanwhile."""

    project = its_project()
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="shares")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True)

    # What was shared with the project at work, and what it shares.
    objects = Rows["VersionShare"]()
    given = SharesGiven()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "version"], condition=Q(ended_at=None), name="version_shared_once_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}, shared with {self.project}"

    @property
    def is_open(self) -> bool:
        return self.ended_at is None
