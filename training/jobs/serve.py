"""The model server for chat and comparison: `python -m training.jobs.serve SOCKET`.

Speaks the part of OpenAI's protocol that a chat needs (`POST /v1/chat/completions`, streamed) and
`POST /v1/score` for reward models. `model` is a checkpoint's directory; up to KEPT of them stay loaded.
Torch is imported with the first request, and a server that was idle for IDLE_SECONDS starts afresh, so a
studio in which nobody chats pays for neither. Only the studio reaches its socket: it decides who may ask.
"""

import asyncio
import json
import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any

import uvicorn

if TYPE_CHECKING:
    from training.jobs.generation import Policy, RewardModel

KEPT = 6
IDLE_SECONDS = 600

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Models:
    """The loaded models, least recently used first."""

    def __init__(self) -> None:
        self.loaded: OrderedDict[tuple[str, str], Any] = OrderedDict()
        self.lock = threading.Lock()
        self.used_at = time.monotonic()

    def policy(self, directory: str) -> "Policy":
        from training.jobs.generation import Policy

        policy: Policy = self.load("policy", directory, lambda directory: Policy(there(directory)))
        return policy

    def reward_model(self, directory: str) -> "RewardModel":
        from training.jobs.generation import RewardModel

        model: RewardModel = self.load("reward", directory, lambda directory: RewardModel(there(directory)))
        return model

    def load(self, kind: str, directory: str, make: Callable[[str], Any]) -> Any:
        with self.lock:
            self.used_at = time.monotonic()
            model = self.loaded.pop((kind, directory), None) or make(directory)
            self.loaded[kind, directory] = model
            while len(self.loaded) > KEPT:
                self.loaded.popitem(last=False)
        return model

    @property
    def idle(self) -> bool:
        return bool(self.loaded) and time.monotonic() - self.used_at > IDLE_SECONDS


def there(directory: str) -> str:
    """A folder that is not there would be taken for the name of a model to download. Raises OSError."""
    if not os.path.isdir(directory):
        raise OSError("its weights are not on this machine.")
    return directory


MODELS = Models()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The whole server: three paths."""
    if scope["type"] != "http":
        return
    route = (scope["method"], scope["path"])
    if route == ("GET", "/health"):
        await answer(send, 200, {"loaded": [directory for _, directory in MODELS.loaded]})
    elif route == ("POST", "/v1/chat/completions"):
        await guarded(chat, receive, send)
    elif route == ("POST", "/v1/score"):
        await guarded(score, receive, send)
    else:
        await answer(send, 404, {"error": {"message": f"No such path: {scope['path']}"}})


async def guarded(
    endpoint: Callable[[dict[str, Any], Receive, Send], Awaitable[None]], receive: Receive, send: Send
) -> None:
    try:
        await endpoint(await body_of(receive), receive, send)
    except KeyError as error:
        await answer(send, 400, {"error": {"message": f"{error.args[0]} is missing."}})
    except (OSError, ValueError) as error:
        await answer(send, 400, {"error": {"message": f"This checkpoint cannot answer: {error}"}})


async def chat(body: dict[str, Any], receive: Receive, send: Send) -> None:
    from training.jobs.generation import Sampling

    sampling = Sampling(
        temperature=float(body.get("temperature", 0.7)),
        top_p=float(body.get("top_p", 1.0)),
        max_tokens=int(body.get("max_tokens", 512)),
        seed=int(body.get("seed", 0)),
    )
    policy = await asyncio.to_thread(MODELS.policy, body["model"])
    pieces = policy.stream(policy.encode(body["messages"], body.get("template", "")), sampling)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    gone = asyncio.ensure_future(disconnected(receive))
    async for piece in threaded(pieces):
        if gone.done():
            return
        await event(send, {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
    gone.cancel()
    await event(send, {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def score(body: dict[str, Any], receive: Receive, send: Send) -> None:
    model = await asyncio.to_thread(MODELS.reward_model, body["model"])
    value = await asyncio.to_thread(model.score, body["messages"])
    await answer(send, 200, {"score": value})


async def threaded(pieces: Iterator[str]) -> AsyncIterator[str]:
    """Each piece is computed in a thread, so several streams advance together."""
    while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
        MODELS.used_at = time.monotonic()
        yield piece


async def body_of(receive: Receive) -> dict[str, Any]:
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    parsed: dict[str, Any] = json.loads(body)
    return parsed


async def disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def event(send: Send, payload: dict[str, Any]) -> None:
    body = b"data: " + json.dumps({"object": "chat.completion.chunk"} | payload).encode() + b"\n\n"
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def answer(send: Send, status: int, payload: dict[str, Any]) -> None:
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(payload).encode()})


async def start_afresh_when_idle() -> None:
    while not MODELS.idle:
        await asyncio.sleep(IDLE_SECONDS / 10)
    os.execv(sys.executable, [sys.executable, "-m", "training.jobs.serve", *sys.argv[1:]])


async def serve(socket: str) -> None:
    idle = asyncio.ensure_future(start_afresh_when_idle())
    config = uvicorn.Config(app, uds=socket, log_level="warning", timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve()
    idle.cancel()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
