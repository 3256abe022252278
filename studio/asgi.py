"""The studio as an ASGI application."""

import gc
import os

import django
from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")


class Handler(ASGIHandler):
    """Django's own, but that a request stays in one thread from the first middleware to the last.

    Django's takes each middleware on the event loop where it can, and from there into the thread and back for what
    reads the session or renders a page: some twenty crossings, which cost more than most pages.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response)(request)


def load() -> Handler:
    """With every page read and set apart from what the garbage collector looks through: requests make it enough."""
    gc.disable()
    django.setup(set_prefix=False)
    handler = Handler()
    _ = get_resolver().url_patterns
    gc.freeze()
    gc.enable()
    return handler


application = load()
