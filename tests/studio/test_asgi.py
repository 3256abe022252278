"""The studio as its ASGI server sees it."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils.deprecation import MiddlewareMixin

from studio import asgi, health

pytestmark = pytest.mark.django_db(transaction=True)

PATIENCE_SECONDS = 60
T = TypeVar("T")

seen: list[int] = []


class Recording(MiddlewareMixin):
    """Could be run on the event loop, and says in which thread it is."""

    def process_request(self, request: HttpRequest) -> None:
        seen.append(threading.get_ident())

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        seen.append(threading.get_ident())
        return response


async def answer(handler: Callable[..., Any], path: str) -> list[dict[str, Any]]:
    """The messages that the application sent."""
    said: list[dict[str, Any]] = []
    asked = [{"type": "http.request"}]

    async def receive() -> dict[str, Any]:
        return asked.pop() if asked else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    headers = [(b"host", b"localhost")]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    await handler(scope, receive, send)
    return said


def answered(handler: Callable[..., Any], path: str) -> list[dict[str, Any]]:
    return apart(answer(handler, path))


def apart(asked: Coroutine[Any, Any, T]) -> T:
    """In a thread of its own: Playwright's event loop may turn in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, asked).result()


def test_a_request_stays_in_one_thread_from_the_first_middleware_to_the_last() -> None:
    seen.clear()
    with override_settings(MIDDLEWARE=[f"{__name__}.Recording"] * 2):
        begun, body = answered(asgi.Handler(), "/health/live")
    assert (begun["status"], body["body"]) == (200, b'{"live": true}')
    assert len(seen) == 4 and len(set(seen)) == 1


def test_the_next_request_has_the_same_thread() -> None:
    async def two(handler: asgi.Handler) -> None:
        await answer(handler, "/health/live")
        while not handler.free:
            await asyncio.sleep(0.001)
        await answer(handler, "/health/live")

    seen.clear()
    with override_settings(MIDDLEWARE=[f"{__name__}.Recording"]):
        apart(two(asgi.Handler()))
    assert len(seen) == 4 and len(set(seen)) == 1


def test_a_request_that_was_broken_off_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, another = threading.Event(), threading.Event()
    saw_another: list[bool] = []

    def slow(handler: asgi.Handler, request: HttpRequest) -> HttpResponse:
        if request.path == "/slow":
            begun.set()
            saw_another.append(another.wait(PATIENCE_SECONDS))
        another.set()
        return HttpResponse()

    async def one_and_another(handler: asgi.Handler) -> None:
        broken_off = asyncio.create_task(answer(handler, "/slow"))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        broken_off.cancel()
        await asyncio.wait([broken_off])
        await answer(handler, "/")
        while len(handler.free) < 2:
            await asyncio.sleep(0.001)

    monkeypatch.setattr(asgi.Handler, "get_response", slow)
    apart(one_and_another(asgi.Handler()))
    assert saw_another == [True]


def test_the_whole_chain_answers() -> None:
    health.memory.migrated = False
    begun, _ = answered(asgi.application, "/health/ready")
    assert begun["status"] == 200
