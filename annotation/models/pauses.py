"""Who gets no new pairs for now, since when, by whom and why."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.projects.rows import Rows, its_project


class Pause(models.Model):
    """From one moment on an annotator gets no new pairs, until somebody ends the pause. The row stays."""

    project = its_project()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pauses")
    note = models.TextField(blank=True, help_text="The annotator reads it.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)

    objects = Rows["Pause"]()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "user"], condition=Q(ended_at=None), name="pause_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None, ended_at=None) | Q(ended_by__isnull=False, ended_at__isnull=False),
                name="pause_end_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {'was' if self.ended_at else 'is'} paused by {self.by}"
