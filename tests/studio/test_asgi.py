"""The studio as its ASGI server sees it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils.deprecation import MiddlewareMixin

from studio import asgi, health

pytestmark = pytest.mark.django_db(transaction=True)

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
    """In a thread of its own: Playwright's event loop may turn in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, answer(handler, path)).result()


def test_a_request_stays_in_one_thread_from_the_first_middleware_to_the_last() -> None:
    seen.clear()
    with override_settings(MIDDLEWARE=[f"{__name__}.Recording"] * 2):
        begun, body = answered(asgi.Handler(), "/health/live")
    assert (begun["status"], body["body"]) == (200, b'{"live": true}')
    assert len(seen) == 4 and len(set(seen)) == 1


def test_the_whole_chain_answers() -> None:
    health.memory.migrated = False
    begun, _ = answered(asgi.application, "/health/ready")
    assert begun["status"] == 200
