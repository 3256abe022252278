"""The studio as an ASGI application."""

import gc
import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_resolver

Message = Mapping[str, Any]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

# As many as a busy studio's requests; of more at once the others end with their request.
KEPT = 16


class Handler(ASGIHandler):
    """Django's own, but that a request stays in one thread, which the next request has after it.

    Django's takes each middleware on the event loop where it can, and from there into the thread and back for what
    reads the session or renders a page: some twenty crossings, which cost more than most pages. And it starts a thread
    for each request, and another one that waits for its end.
    """

    def __init__(self) -> None:
        super().__init__()
        self.free: deque[ThreadPoolExecutor] = deque()

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def handle(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        thread = self.free.pop() if self.free else ThreadPoolExecutor(max_workers=1)
        try:
            async with ThreadSensitiveContext(executor=thread):
                await super().handle(scope, receive, send)
        finally:
            # The thread says so itself: what was broken off may still be at work in it.
            thread.submit(self.keep, thread)

    def keep(self, thread: ThreadPoolExecutor) -> None:
        if len(self.free) < KEPT:
            self.free.append(thread)
        else:
            thread.shutdown(wait=False)

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
