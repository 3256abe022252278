"""Pages for those who may, and who asks for them."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from rest_framework.request import Request

from studio.accounts.models import User
from studio.accounts.roles import Capability

P = ParamSpec("P")


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(capability: Capability) -> Callable[[View[P]], View[P]]:
    """A page for those who may `capability`: strangers are asked to sign in, others get 403."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not request.user.can(capability):
                raise PermissionDenied(f"This page is for those who may {capability}. Ask an admin for the role.")
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def signed_in(view: View[P]) -> View[P]:
    """A page for everybody with an account: strangers are asked to sign in."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return guarded


def asker(request: HttpRequest | Request) -> User:
    """Who asks for what only the signed in may have."""
    assert isinstance(request.user, User)  # `requires`, or the endpoint's permission, let nobody else in.
    return request.user
