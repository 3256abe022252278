"""The record of who did what to whom."""

from django.db import models

from studio.accounts.models.users import User
from studio.projects.models import Project
from studio.projects.rows import Rows
from studio.projects.scope import one_here


class AuditEntry(models.Model):
    """One act on people or projects.

    `words` is the whole sentence with the names of that day: it outlives the accounts.
    """

    class Act(models.TextChoices):
        INVITED = "invited"
        REVOKED = "revoked"
        JOINED = "joined"
        ADDED = "added"
        ROLE_CHANGED = "role changed"
        LEFT = "left"
        DEACTIVATED = "deactivated"
        ACTIVATED = "activated"
        DELETED = "deleted"
        PAUSED = "paused"
        RESUMED = "pause ended"
        TAKEN_BACK = "pairs taken back"
        HANDED_OVER = "handed over"
        RESET = "reset link made"
        PROJECT = "project changed"
        MOVED = "moved"
        SHARED = "shared"
        SHARE_ENDED = "share ended"
        CODE_ALLOWED = "code allowed"
        CODE_FORBIDDEN = "code forbidden"

    project = models.ForeignKey(
        Project, on_delete=models.SET_NULL, null=True, default=one_here, related_name="+", editable=False
    )
    act = models.CharField(max_length=16, choices=Act.choices)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="acts")
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="acts_upon")
    words = models.CharField(max_length=600)
    at = models.DateTimeField(auto_now_add=True)

    objects = Rows["AuditEntry"]()

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return self.words
