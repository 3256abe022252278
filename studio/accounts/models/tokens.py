"""Keys to the API."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.accounts.models.secret_digest import digest
from studio.accounts.models.users import User
from studio.accounts.placement import placement
from studio.accounts.scopes import Scope
from studio.projects.models import Project
from studio.projects.scope import NOWHERE

TOKEN_PREFIX = "xw_"
# How long a token lives where nobody says otherwise.
TOKEN_LIFE = timedelta(days=90)
# A token's last use is kept to the minute: writing it on each request would make every read a write.
LAST_USE_GRAIN = timedelta(minutes=1)


class TokenEnded(Exception):
    """The end date of a token has passed."""


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is kept, so it can be shown once, when it is made.

    It opens what both its scopes and its owner's role allow at the moment of the request.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    project = models.ForeignKey(
        Project,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="api_tokens",
        help_text="The only one that it opens. Empty: all projects of its owner.",
    )
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=16, choices=Scope))
    ends_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    # Where its owner is at work, once it was found.
    place: int | None = NOWHERE

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
        cls,
        user: User,
        name: str,
        scopes: Iterable[Scope] = Scope,
        ends_at: datetime | None = None,
        project: Project | None = None,
    ) -> tuple[Self, str]:
        """A new token and its secret, which nobody can read again."""
        key = TOKEN_PREFIX + secrets.token_urlsafe(32)
        kept = {"prefix": key[:9], "digest": digest(key)}
        token = cls.objects.create(user=user, name=name, scopes=[*scopes], ends_at=ends_at, project=project, **kept)
        return token, key

    @classmethod
    def find(cls, key: str, slug: str = "") -> Self | None:
        """The token of this key, whose person may do what its scopes allow.

        They are placed in the project of this slug; without one in the token's own, or in their last one. Raises
        TokenEnded.
        """
        known = cls.objects.select_related("user").filter(digest=digest(key), user__is_active=True)
        token = known.annotate(placed=placement(slug, own="accounts_apitoken.project_id")).first()
        if token is None:
            return None
        if token.has_ended:
            raise TokenEnded(f"{token.ends_at:%Y-%m-%d %H:%M} UTC")
        token.place = token.user.place(token.placed)  # type: ignore[attr-defined]  # an annotation
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
