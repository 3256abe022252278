"""People, their tokens and sessions, the links that invite them, and the record of who did what to whom."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from studio.accounts import scopes, user_agents
from studio.accounts.roles import Capability, Role
from studio.accounts.scopes import Scope

TOKEN_PREFIX = "xw_"
# How long a token lives where nobody says otherwise.
TOKEN_LIFE = timedelta(days=90)
# A token's last use is kept to the minute: writing it on each request would make every read a write.
LAST_USE_GRAIN = timedelta(minutes=1)
LONGEST_USER_AGENT = 300


class User(AbstractUser):
    class Theme(models.TextChoices):
        SYSTEM = "", "As the system"
        LIGHT = "light"
        DARK = "dark"

    role = models.CharField(max_length=16, choices=Role.choices, default=Role.ANNOTATOR)
    invitation = models.ForeignKey(
        "Invitation", on_delete=models.SET_NULL, null=True, editable=False, related_name="joined"
    )
    theme = models.CharField(max_length=8, choices=Theme, default=Theme.SYSTEM, blank=True)
    single_keys = models.BooleanField(
        "Single-character keys",
        default=True,
        help_text="Letters, digits and signs, such as j, 1 and /, press buttons. Turn them off if you dictate or "
        "often press a key by mistake. Arrows, Enter and keys with Ctrl work all the same.",
    )

    # Of the token that this person's request came with; None where they signed in.
    token_scopes: frozenset[Scope] | None = None

    def holds(self, capability: Capability) -> bool:
        """Whether the role allows it."""
        return self.is_active and (self.is_superuser or capability in Role(self.role).capabilities)

    def can(self, capability: Capability) -> bool:
        """Whether the role allows it, and so does the token if the request came with one."""
        return self.holds(capability) and (self.token_scopes is None or scopes.OF.get(capability) in self.token_scopes)

    def possible_scopes(self) -> list[Scope]:
        """Those that a token of this person can use: the role allows something that needs them."""
        useful = {Scope.READ} | {scope for capability, scope in scopes.OF.items() if self.holds(capability)}
        return [scope for scope in Scope if scope in useful]

    @property
    def is_admin(self) -> bool:
        return self.effective_role == Role.ADMIN

    @property
    def effective_role(self) -> Role:
        """The role as it counts: whoever Django calls a superuser is an admin."""
        return Role.ADMIN if self.is_superuser else Role(self.role)

    @property
    def invites(self) -> tuple[Role, ...]:
        """The roles that this person may invite others to."""
        if not self.is_active:
            return ()
        return self.effective_role.invites

    def manages(self, person: "User") -> bool:
        """Whether they may deactivate somebody and let them choose a new password: a lead annotators, an admin all."""
        below = person.role == Role.ANNOTATOR and not person.is_admin
        return self.can(Capability.ADMINISTER) or self.can(Capability.MANAGE_PEOPLE) and below

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permissions, which its admin asks for: an admin has them all, by the role."""
        return self.can(Capability.ADMINISTER) or super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return self.can(Capability.ADMINISTER) or super().has_module_perms(app_label)

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class TokenEnded(Exception):
    """The end date of a token has passed."""


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is kept, so it can be shown once, when it is made.

    It opens what both its scopes and its owner's role allow at the moment of the request.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope))
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API token"
        constraints = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values) & ~Q(scopes=[]), name="a_token_has_known_scopes"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(
        cls, user: User, name: str, scopes: Iterable[Scope] = Scope, ends_at: datetime | None = None
    ) -> tuple[Self, str]:
        """A new token and its secret, which nobody can read again."""
        key = TOKEN_PREFIX + secrets.token_urlsafe(32)
        kept = {"prefix": key[:9], "digest": digest(key)}
        token = cls.objects.create(user=user, name=name, scopes=[*scopes], ends_at=ends_at, **kept)
        return token, key

    @classmethod
    def find(cls, key: str) -> Self | None:
        """The token of this key, whose person may do what its scopes allow. Raises TokenEnded."""
        token = cls.objects.select_related("user").filter(digest=digest(key), user__is_active=True).first()
        if token is None:
            return None
        if token.has_ended:
            raise TokenEnded(f"{token.ends_at:%Y-%m-%d %H:%M} UTC")
        token.user.token_scopes = frozenset(map(Scope, token.scopes))
        now = timezone.now()
        if token.last_used_at is None or token.last_used_at < now - LAST_USE_GRAIN:
            cls.objects.filter(pk=token.pk).update(last_used_at=now)
        return token

    @property
    def scope_names(self) -> str:
        return ", ".join(Scope(scope).label.lower() for scope in self.scopes)

    @property
    def has_ended(self) -> bool:
        return self.ends_at is not None and self.ends_at <= timezone.now()


class InvitationQuerySet(QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        """Those by which somebody can still join."""
        return self.filter(revoked_at=None, ends_at__gt=timezone.now(), used__lt=F("uses"))

    def visible_to(self, user: User) -> "InvitationQuerySet":
        """Those to roles that this person may invite to."""
        return self.filter(role__in=user.invites)


class Invitation(models.Model):
    """A link by which people make their own accounts. Of its key only the SHA-256 is kept: it is shown once."""

    class State(models.TextChoices):
        OPEN = "open"
        USED_UP = "used up"
        ENDED = "ended"
        REVOKED = "revoked"

    role = models.CharField(max_length=16, choices=Role.choices)
    note = models.CharField(max_length=200, blank=True)
    uses = models.PositiveSmallIntegerField(default=1, help_text="How many people may join by it.")
    used = models.PositiveSmallIntegerField(default=0, editable=False)
    made_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    created_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)

    objects = InvitationQuerySet.as_manager()

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


class AuditEntry(models.Model):
    """One act on people. `words` is the whole sentence with the names of that day: it outlives the accounts."""

    class Act(models.TextChoices):
        INVITED = "invited"
        REVOKED = "revoked"
        JOINED = "joined"
        ADDED = "added"
        ROLE_CHANGED = "role changed"
        DEACTIVATED = "deactivated"
        ACTIVATED = "activated"
        DELETED = "deleted"
        RESET = "reset link made"

    act = models.CharField(max_length=16, choices=Act.choices)
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="acts")
    person = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="acts_upon")
    words = models.CharField(max_length=600)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return self.words


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


class Session(AbstractBaseSession):
    """A browser that is signed in. Its key is its secret, and shown nowhere."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="sessions")
    user_agent = models.CharField(max_length=LONGEST_USER_AGENT, blank=True)
    address = models.GenericIPAddressField(null=True)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return user_agents.described(self.user_agent)

    @property
    def reference(self) -> str:
        """Names the session in addresses without its key."""
        return salted_hmac("studio.accounts.session", self.session_key).hexdigest()[:20]
