"""People and their API tokens."""

import hashlib
import secrets
from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.utils import timezone

from studio.accounts.roles import Capability, Role

TOKEN_PREFIX = "xw_"
# A token's last use is kept to the minute: writing it on each request would make every read a write.
LAST_USE_GRAIN = timedelta(minutes=1)


class User(AbstractUser):
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.ANNOTATOR)

    def can(self, capability: Capability) -> bool:
        return self.is_active and (self.is_superuser or capability in Role(self.role).capabilities)

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        """Django's own permissions, which its admin asks for: an admin has them all, by the role."""
        return self.can(Capability.ADMINISTER) or super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return self.can(Capability.ADMINISTER) or super().has_module_perms(app_label)

    def __str__(self) -> str:
        return self.get_full_name() or self.username


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is kept, so it can be shown once, when it is made."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "API token"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, user: User, name: str) -> tuple[Self, str]:
        """A new token and its secret, which nobody can read again."""
        key = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = cls.objects.create(user=user, name=name, prefix=key[:9], digest=digest(key))
        return token, key

    @classmethod
    def find(cls, key: str) -> Self | None:
        token = cls.objects.select_related("user").filter(digest=digest(key), user__is_active=True).first()
        if token:
            stale = timezone.now() - LAST_USE_GRAIN
            unused = Q(last_used_at=None) | Q(last_used_at__lt=stale)
            cls.objects.filter(unused, pk=token.pk).update(last_used_at=timezone.now())
        return token


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
