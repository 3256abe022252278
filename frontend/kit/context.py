"""What every page's template knows."""

from django.http import HttpRequest

THEMES = {"light", "dark"}


def frame(request: HttpRequest) -> dict[str, str]:
    """The theme that was chosen, from its cookie: the first byte of a page already has the right colours."""
    chosen = request.COOKIES.get("theme", "")
    return {"theme": chosen if chosen in THEMES else ""}
