"""DRF permissions from capabilities."""

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from studio.accounts.roles import Capability


def allows(capability: Capability) -> type[BasePermission]:
    """A DRF permission: signed in and may do `capability`."""

    class Allowed(BasePermission):
        message = f"This needs the right to {capability}. Ask an admin for the role."

        def has_permission(self, request: Request, view: APIView) -> bool:
            return bool(request.user.is_authenticated and request.user.can(capability))

    return Allowed


def allows_reading(read: Capability, write: Capability) -> type[BasePermission]:
    """Safe methods need `read`, the others `write`."""

    class Allowed(BasePermission):
        message = f"This needs the right to {read} (to change anything: {write}). Ask an admin for the role."

        def has_permission(self, request: Request, view: APIView) -> bool:
            capability = read if request.method in {"GET", "HEAD", "OPTIONS"} else write
            return bool(request.user.is_authenticated and request.user.can(capability))

    return Allowed
