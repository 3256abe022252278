"""Who is in which project, as what."""

from django.conf import settings
from django.db import models

from studio.accounts.roles import Role
from studio.projects.models import Project


class Membership(models.Model):
    """A person in a project. Admins need none: they stand above projects."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.of_members())
    invitation = models.ForeignKey(
        "Invitation", on_delete=models.SET_NULL, null=True, editable=False, related_name="memberships"
    )
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "project"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role for role, _ in Role.of_members()]), name="membership_of_no_admin"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.project}: {self.get_role_display().lower()}"
