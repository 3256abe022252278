"""DRF permissions from capabilities: what a person's role allows and, with a token, what its scopes allow."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from studio.accounts import scopes
from studio.accounts.models import User
from studio.accounts.roles import Capability
from studio.accounts.scopes import SAFE_METHODS, Scope

MAKE_ONE = "Make a token that has it under Settings → API tokens."


def refusal(user: User, capability: Capability, method: str) -> str:
    """Why a request of this method may not be made; empty where it may."""
    if not user.holds(capability):
        return f"This needs the right to {capability}. Ask an admin for the role."
    return lacks(user, scopes.needed(capability, method))


def lacks(user: User, scope: Scope | None) -> str:
    """What a token lacks; `scope` is None where none is enough."""
    if user.token_scopes is None or scope in user.token_scopes:
        return ""
    if scope is None:
        return "A token cannot do this. Do it on the page, signed in."
    return f"This token lacks the scope “{scope}”. {MAKE_ONE}"


class SignedIn(BasePermission):
    """Whoever has signed in. A token reads; what changes an account needs a person at a browser."""

    message = ""

    def has_permission(self, request: Request, view: object) -> bool:
        if not isinstance(request.user, User):
            return False
        self.message = self.refusal(request.user, request.method or "")
        return not self.message

    def refusal(self, user: User, method: str) -> str:
        return lacks(user, Scope.READ if method in SAFE_METHODS else None)


def allows(capability: Capability) -> type[SignedIn]:
    """A DRF permission: signed in and may do `capability`."""
    return allows_reading(capability, capability)


def allows_reading(read: Capability, write: Capability) -> type[SignedIn]:
    """Safe methods need `read`, the others `write`."""

    class Allowed(SignedIn):
        def refusal(self, user: User, method: str) -> str:
            return refusal(user, read if method in SAFE_METHODS else write, method)

    return Allowed
