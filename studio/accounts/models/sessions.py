"""Browsers that are signed in."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac

from studio.accounts.models.users import User
from studio.accounts.sign_in import user_agents

LONGEST_USER_AGENT = 300


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
