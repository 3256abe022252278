"""The studio as an ASGI application."""

import gc
import os
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any

import django
from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import get_resolver

from studio.database.base import DatabaseWrapper
from studio.database.bounds import PAGES
from studio.http import unrouted_problems
from studio.http.call_stack import in_one_piece
from studio.monitoring import version
from studio.projects.addresses import parts

Message = Mapping[str, Any]
Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")

# As many as a busy studio's requests; of more at once the others end with their request.
KEPT = 16
# In a request's scope: its body was larger than it may be.
TOO_LARGE = "studio.too_large"


class Body:
    """A request's body as it comes in, up to what its address takes; Django would keep any size, from strangers too.

    One that came in chunks is given the length that it turned out to have: who reads it asks for that.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope, self.receive, self.size = scope, receive, 0
        self.most = most_bytes(parts(scope["path"])[1])
        declared = dict(scope["headers"]).get(b"content-length")
        self.has_length = declared is not None
        if declared and declared.isdigit() and int(declared) > self.most:
            self.size = self.most + 1

    async def __call__(self) -> Message:
        if TOO_LARGE in self.scope:
            return await self.receive()
        message = {"type": "http.request"} if self.size > self.most else await self.receive()
        self.size += len(message.get("body", b""))
        if self.size > self.most:
            self.scope[TOO_LARGE] = True
            return {"type": "http.request"}
        if message["type"] == "http.request" and not message.get("more_body") and not self.has_length:
            self.scope["headers"] = [*self.scope["headers"], (b"content-length", str(self.size).encode())]
            self.has_length = True
        return message


def most_bytes(path: str) -> int:
    """Of a body: a file where files are taken, else a form with a file of moderate size."""
    return settings.UPLOAD_BYTES if path in settings.UPLOADS else 2 * settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def too_large(scope: Mapping[str, Any]) -> HttpResponse:
    path = parts(scope["path"])[1]
    says = f"This address takes at most {most_bytes(path) // 2**20} MiB."
    if path in settings.UPLOADS:
        says += " Send the file in parts, or raise STUDIO_UPLOAD_MIB and start the studio again."
    if path.startswith(unrouted_problems.UNDER):
        return unrouted_problems.problem(413, says)
    return HttpResponse(says, status=413, content_type="text/plain")


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
        scope: Scope,
        receive: Receive,
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        thread = self.free.pop() if self.free else ThreadPoolExecutor(max_workers=1)
        try:
            async with ThreadSensitiveContext(executor=thread):
                await super().handle(scope, Body(scope, receive), send)
        finally:
            # The thread says so itself: what was broken off may still be at work in it.
            thread.submit(self.keep, thread)

    def keep(self, thread: ThreadPoolExecutor) -> None:
        if len(self.free) < KEPT:
            self.free.append(thread)
        else:
            thread.shutdown(wait=False)

    def create_request(self, scope: Mapping[str, Any], body_file: IO[bytes]) -> tuple[Any, Any]:
        if TOO_LARGE in scope:
            return None, too_large(scope)
        return super().create_request(scope, body_file)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(in_one_piece)(self.get_response, request)


def load() -> Handler:
    """With every page read and set apart from what the garbage collector looks through: requests make it enough."""
    gc.disable()
    django.setup(set_prefix=False)
    DatabaseWrapper.seconds = PAGES
    handler = Handler()
    _ = get_resolver().url_patterns
    # Now, not when health is first asked: the files may be others by then.
    version.code()
    gc.freeze()
    gc.enable()
    return handler


application = load()
