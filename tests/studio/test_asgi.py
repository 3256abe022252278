"""The studio as its ASGI server sees it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import httpx2
import pytest
import uvicorn
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.utils.deprecation import MiddlewareMixin

from annotation.models import Prompt
from studio import asgi
from studio.accounts.models import ApiToken, User
from studio.monitoring import health
from tests.looping import looped

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


async def answer(handler: Callable[..., Any], path: str, key: str = "") -> list[dict[str, Any]]:
    """The messages that the application sent, to whom the token of this key belongs."""
    said: list[dict[str, Any]] = []
    asked = [{"type": "http.request"}]

    async def receive() -> dict[str, Any]:
        return asked.pop() if asked else await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        said.append(message)

    headers = [(b"host", b"localhost"), (b"authorization", f"Bearer {key}".encode())][: 2 if key else 1]
    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": headers}
    await handler(scope, receive, send)
    return said


def answered(handler: Callable[..., Any], path: str) -> list[dict[str, Any]]:
    return looped(answer(handler, path))


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
        looped(two(asgi.Handler()))
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
    looped(one_and_another(asgi.Handler()))
    assert saw_another == [True]


def test_the_whole_chain_answers() -> None:
    health.memory.migrated = False
    begun, _ = answered(asgi.application, "/health/ready")
    assert begun["status"] == 200


@pytest.fixture
def served() -> Iterator[str]:
    """The studio behind its real server, for a real client."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(asgi.application, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield f"http://localhost:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def key(lea: User) -> dict[str, str]:
    return {"Authorization": f"Bearer {ApiToken.issue(lea, 'script')[1]}"}


IMPORT = "/api/v1/imports/?format=prompts&collection=mine"


def pieces(n: int) -> Iterator[bytes]:
    """Sent by httpx2 with `Transfer-Encoding: chunked`."""
    for number in range(n):
        yield b'{"prompt": "Name %d primes."}\n' % number


def test_a_file_that_comes_in_chunks_without_a_length_is_taken(served: str, key: dict[str, str]) -> None:
    sent = httpx2.post(served + IMPORT, content=pieces(2000), headers=key)
    assert (sent.status_code, sent.json()["entries"]) == (200, 2000)
    assert Prompt.objects.count() == 2000


def test_json_and_a_form_with_a_file_may_come_in_chunks_too(served: str, key: dict[str, str]) -> None:
    json = {"Content-Type": "application/json"} | key
    halves = iter([b'{"slug": "x", "na', b'me": "x"}'])
    assert httpx2.post(f"{served}/api/v1/collections/", content=halves, headers=json).status_code == 201
    form = httpx2.Request("POST", served, files={"file": b'{"prompt": "Name it."}'}, data={"format": "prompts"})
    kind = {"Content-Type": form.headers["Content-Type"]} | key
    sent = httpx2.post(served + IMPORT, content=iter([form.read()]), headers=kind)
    assert (sent.status_code, sent.json()["entries"]) == (200, 1)


def test_a_body_is_taken_up_to_its_limit_with_and_without_a_length(
    served: str, key: dict[str, str], settings: Any
) -> None:
    settings.UPLOAD_BYTES = 10_000
    for content in (pieces(400), b"".join(pieces(400))):
        sent = httpx2.post(served + IMPORT, content=content, headers=key)
        assert (sent.status_code, sent.headers["Content-Type"]) == (413, "application/problem+json")
    assert httpx2.post(served + IMPORT, content=pieces(300), headers=key).status_code == 200
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2_000
    assert httpx2.post(f"{served}/sign-in/", content=pieces(400)).status_code == 413
