"""How often an address may do what opens nothing. Who has a good token, link or password is let in all the while."""

from typing import Any, ClassVar, cast

import redis
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from studio.accounts.sign_in.limits import address


class AddressLimit(SimpleRateThrottle):
    what: ClassVar[str]

    def get_cache_key(self, request: Request | HttpRequest, view: Any) -> str:
        return f"{self.what}-{address(request)}"

    def allows(self, request: Request | HttpRequest) -> bool:
        """Also where Redis, which counts, is away: what opens nothing is refused all the same."""
        try:
            return self.allow_request(cast(Request, request), cast(Any, None))
        except redis.RedisError:
            return True


class UnknownTokens(AddressLimit):
    """Nobody guesses 256 bits: a forgotten script stops no other program."""

    what, rate = "unknown-tokens", "30/min"


class UnknownInvitations(AddressLimit):
    what, rate = "unknown-invitations", "30/min"


class ForgottenPasswords(AddressLimit):
    """Each one may be a letter to somebody: none is sent while nobody counts."""

    what, rate = "forgotten-passwords", "10/hour"

    def allows(self, request: Request | HttpRequest) -> bool:
        """Raises redis.RedisError."""
        return self.allow_request(cast(Request, request), cast(Any, None))
