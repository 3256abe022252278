"""Content security policies: a strict one for our own pages, wider ones for what others wrote."""

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from frontend.kit.modules import import_map_hash

HEADER = "Content-Security-Policy"

COMMON = (
    "default-src 'self'; connect-src 'self'; font-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
STRICT = COMMON + "; img-src 'self'; style-src 'self'; script-src 'self' {modules}"
# Unfold's pages run Alpine, which compiles expressions, and carry inline scripts and styles.
ADMIN = (
    COMMON
    + "; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'unsafe-eval'"
)
# Swagger UI and Redoc start from an inline script, style themselves and search in a blob worker.
DOCUMENTATION = (
    COMMON
    + "; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; worker-src blob:"
)
WIDER = {"/admin/": ADMIN, "/api/docs/": DOCUMENTATION, "/api/reference/": DOCUMENTATION}

Handler = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]


def policy(path: str) -> str:
    for prefix, wider in WIDER.items():
        if path.startswith(prefix):
            return wider
    return STRICT.format(modules=import_map_hash())


class ContentSecurityPolicy:
    """Adds the policy to every response that has none of its own."""

    async_capable = True
    sync_capable = True

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        response = self.get_response(request)
        if isinstance(response, HttpResponseBase):
            return add_policy(request, response)
        return self.finish(request, response)

    async def finish(self, request: HttpRequest, response: Awaitable[HttpResponseBase]) -> HttpResponseBase:
        return add_policy(request, await response)


def add_policy(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    response.headers.setdefault(HEADER, policy(request.path_info))
    return response
