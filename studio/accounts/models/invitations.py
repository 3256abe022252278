"""Links by which people join."""

from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from studio.accounts.models.users import User
from studio.accounts.roles import Role
from studio.projects.rows import Rows, its_project


class InvitationQuerySet(QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Those by which somebody can still join."""
        return self.filter(revoked_at=None, ends_at__gt=timezone.now(), used__lt=F("uses"))

    def visible_to(self, user: User) -> "InvitationQuerySet":
        """Those to roles that this person may invite to."""
        return self.filter(role__in=user.invites)


class Invitation(models.Model):
    """A link by which people join a project, most with a new account. Only the SHA-256 of its key is kept."""

    class State(models.TextChoices):
        OPEN = "open"
        USED_UP = "used up"
        ENDED = "ended"
        REVOKED = "revoked"

    project = its_project()
    role = models.CharField(max_length=16, choices=Role.choices)
    note = models.CharField(max_length=200, blank=True)
    uses = models.PositiveSmallIntegerField(default=1, help_text="How many people may join by it.")
    used = models.PositiveSmallIntegerField(default=0, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)

    objects = Rows.from_queryset(InvitationQuerySet)()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(uses__gte=1, used__lte=F("uses")), name="invitation_used_at_most")
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}: {self.get_role_display().lower()}"

    @property
    def state(self) -> State:
        if self.revoked_at:
            return self.State.REVOKED
        if self.used >= self.uses:
            return self.State.USED_UP
        return self.State.OPEN if self.ends_at > timezone.now() else self.State.ENDED
