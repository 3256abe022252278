"""A real server that speaks OpenAI's chat completions, misbehaving as it is told."""

import asyncio
import re
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import uvicorn

Reply = tuple[int, bytes, dict[str, str]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ANSWERS = re.compile(r"<response_A>\n(.*)\n</response_A>.*<response_B>\n(.*)\n</response_B>", re.DOTALL)


@dataclass
class Endpoint:
    """`faults` are given before any answer, one to each request; `verdict` sees the two texts in the order asked.

    Each request takes `seconds`, the first ones those of `slow` instead.
    """

    verdict: Callable[[str, str], str] = lambda first, second: "Verdict: ="
    faults: list[Reply] = field(default_factory=list)
    seconds: float = 0.0
    slow: list[float] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    idempotency_keys: list[str] = field(default_factory=list)
    address: str = ""
    at_once: int = 0
    most_at_once: int = 0

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Send,
    ) -> None:
        body = b""
        while (message := await receive()) and message["type"] == "http.request":
            body += message["body"]
            if not message.get("more_body"):
                break
        headers = dict(scope["headers"])
        self.keys.add(headers[b"authorization"].decode())
        self.idempotency_keys += [key.decode() for key in [headers.get(b"idempotency-key")] if key]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if not scope["path"].endswith("/chat/completions"):
            self.at_once -= 1
            return await answer(send, *self.other(scope, body))
        await asyncio.sleep(self.slow.pop(0) if self.slow else self.seconds)
        self.at_once -= 1
        await answer(send, *self.reply(orjson.loads(body)))

    def other(self, scope: dict[str, Any], body: bytes) -> Reply:
        """What is no chat completion."""
        return fault(404)

    def reply(self, request: dict[str, Any]) -> Reply:
        self.asked.append(request)
        if self.faults:
            return self.faults.pop(0)
        found = ANSWERS.search(request["messages"][-1]["content"])
        assert found, "the texts are where the prompt puts them"
        return completion(self.verdict(found[1], found[2]))


async def answer(send: Send, status: int, content: bytes, headers: dict[str, str]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in {"content-type": "application/json", **headers}.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    if "cut" in headers:
        await send({"type": "http.response.body", "body": content, "more_body": True})
        raise ConnectionAbortedError("cut, as told")
    await send({"type": "http.response.body", "body": content})


def completion(text: str | None, **choice: Any) -> Reply:
    message = {"role": "assistant", "content": text, "refusal": choice.pop("refusal", None)}
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "tiny-judge-2026",
        "choices": [{"index": 0, "finish_reason": "stop", "message": message, **choice}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }
    return 200, orjson.dumps(body), {}


def fault(status: int, code: str = "", message: str = "No.", **headers: str) -> Reply:
    body = {"error": {"message": message, "type": "error", "code": code or None}}
    return status, orjson.dumps(body), {name.replace("_", "-"): value for name, value in headers.items()}


def cut() -> Reply:
    """An answer whose connection ends in the middle of it."""
    status, content, _ = completion("Seven is prime.")
    return status, content[: len(content) // 2], {"cut": "yes"}


@contextmanager
def serving(endpoint: Endpoint) -> Iterator[Endpoint]:
    listening = socket.create_server(("127.0.0.1", 0))
    endpoint.address = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    config = uvicorn.Config(endpoint, log_level="critical", lifespan="off", timeout_graceful_shutdown=5)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield endpoint
    finally:
        server.should_exit = True
        thread.join()
