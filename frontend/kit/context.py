"""What every page's template knows."""

from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix

from studio.accounts.models import User


def frame(request: HttpRequest) -> dict[str, Any]:
    """The theme and the keys that the person chose: the first byte of a page already has the right colours.

    Who is not signed in has the theme that was last chosen in this browser, from its cookie.
    """
    user, root = getattr(request, "user", None), get_script_prefix().rstrip("/")
    if isinstance(user, User):
        return {"root": root, "theme": user.theme, "keys_off": not user.single_keys}
    chosen = request.COOKIES.get("theme", "")
    return {"root": root, "theme": chosen if chosen in User.Theme.values else ""}
