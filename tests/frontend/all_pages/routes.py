"""The addresses of pages, as the studio's routes write them."""

from django.urls import URLPattern

from frontend.urls import urlpatterns


def routes(begin: tuple[str, ...]) -> list[str]:
    """Those that begin with one of these."""
    found = [str(route.pattern) for route in urlpatterns if isinstance(route, URLPattern)]
    return [route for route in found if route.startswith(begin)]
