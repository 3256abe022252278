"""The model server for chat and comparison: `python -m training.jobs.serve SOCKET`.

Speaks the part of OpenAI's protocol that a chat needs (`POST /v1/chat/completions`, streamed) and
`POST /v1/score` for reward models. `model` is a checkpoint's directory; as many stay loaded as fit.
`POST /v1/preview` gives the tokens of a run that is not launched yet, by a program that ends when it is late.
Torch is imported with the first request, and a server that was idle for IDLE_SECONDS starts afresh, so a
studio in which nobody chats pays for neither. Only the studio reaches its socket: it decides who may ask.
"""

import asyncio
import gc
import json
import os
import sys
import threading
import time
from asyncio.subprocess import PIPE
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import uvicorn

from studio.gpus import Gpu, gpu_named, take
from training.jobs.kept_adapters import base_of

if TYPE_CHECKING:
    from training.jobs.generation import Policy, RewardModel

SHARE_OF_GPU = 0.8
SHARE_OF_MEMORY = 0.4
IDLE_SECONDS = 600
PREVIEW_SECONDS = 90
PREVIEWS = asyncio.Semaphore(2)

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Models:
    """The loaded models, least recently used first; all of their weights together fit into `room` bytes."""

    def __init__(self, room: int, gpu: Gpu | None = None) -> None:
        self.loaded: OrderedDict[tuple[str, str, bool], Any] = OrderedDict()
        self.room = room
        self.gpu = gpu
        self.lock = threading.Lock()
        self.used_at = time.monotonic()
        # Of the GPU, from the first model on until the server starts afresh.
        self.held: IO[bytes] | None = None

    def policy(self, directory: str, trusted: bool) -> "Policy":
        from training.jobs.generation import Policy

        policy: Policy = self.load("policy", directory, trusted, Policy)
        return policy

    def reward_model(self, directory: str, trusted: bool) -> "RewardModel":
        from training.jobs.generation import RewardModel

        model: RewardModel = self.load("reward", directory, trusted, RewardModel)
        return model

    def load(self, kind: str, directory: str, trusted: bool, make: Callable[[str, bool], Any]) -> Any:
        """Raises OSError, ValueError."""
        with self.lock:
            self.used_at = time.monotonic()
            model = self.loaded.pop((kind, directory, trusted), None)
            if model is None:
                self.take_gpu()
                self.make_room(size_of(there(directory)))
                model = make(directory, trusted)
            self.loaded[kind, directory, trusted] = model
        return model

    def take_gpu(self) -> None:
        """Raises OSError while a run works on it."""
        if self.gpu and self.held is None:
            self.held = take(LOCKS, self.gpu.uuid)
            if self.held is None:
                raise OSError("a run works on the GPU of the model server. Ask again when the run has ended.")

    def make_room(self, wanted: int) -> None:
        """The least recently used go first. Raises ValueError where it does not fit alone."""
        if wanted > self.room:
            raise ValueError(
                f"its weights are {gib(wanted)}, and the model server has room for {gib(self.room)}. "
                "Give it a larger GPU by STUDIO_MODELS_GPU, or a server of your own by STUDIO_MODELS_URL."
            )
        while self.loaded and sum(size_of(directory) for _, directory, _ in self.loaded) + wanted > self.room:
            self.loaded.popitem(last=False)
            free_memory()

    @property
    def idle(self) -> bool:
        return bool(self.loaded) and time.monotonic() - self.used_at > IDLE_SECONDS


def size_of(directory: str) -> int:
    """Bytes of its weights on disk, which is about what they take when loaded; of an adapter, its base's with it."""
    base = base_of(Path(directory))
    own = sum(path.stat().st_size for path in Path(directory).glob("*.safetensors"))
    return own + (size_of(str(base)) if base else 0)


def gib(size: int) -> str:
    return f"{size / 2**30:.1f} GiB"


def free_memory() -> None:
    """What torch keeps of the models that went, for the next one."""
    import torch

    gc.collect()
    torch.cuda.empty_cache()


def room(gpu: Gpu | None) -> int:
    """Bytes for weights: the rest is for answers that are being written, and for the machine's other work."""
    memory = gpu.memory_mib * 2**20 if gpu else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return int(memory * (SHARE_OF_GPU if gpu else SHARE_OF_MEMORY))


def there(directory: str) -> str:
    """A folder that is not there would be taken for the name of a model to download. Raises OSError."""
    if not os.path.isdir(directory):
        raise OSError("its weights are not on this machine.")
    return directory


# By its place or its UUID. Without it the server answers on the processor.
GPU = gpu_named(os.environ.get("STUDIO_MODELS_GPU", ""))
LOCKS = Path(os.environ.get("STUDIO_VAR", "var")) / "gpus"
MODELS = Models(room(GPU), GPU)


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    """The whole server: four paths."""
    if scope["type"] != "http":
        return
    route = (scope["method"], scope["path"])
    if route == ("GET", "/health"):
        await answer(send, 200, {"loaded": [directory for _, directory, _ in MODELS.loaded]})
    elif route == ("POST", "/v1/chat/completions"):
        await guarded(chat, receive, send)
    elif route == ("POST", "/v1/score"):
        await guarded(score, receive, send)
    elif route == ("POST", "/v1/preview"):
        await guarded(preview, receive, send)
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
    policy = await asyncio.to_thread(MODELS.policy, body["model"], bool(body.get("trust_remote_code")))
    pieces = policy.stream(policy.encode(body["messages"], body.get("template", "")), sampling)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    gone = asyncio.ensure_future(disconnected(receive))
    async for piece in threaded(pieces):
        if gone.done():
            return
        await event(send, {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]})
    gone.cancel()
    await event(send, {"choices": [{"index": 0, "delta": {}, "finish_reason": pieces.finish_reason}]})
    await send({"type": "http.response.body", "body": b"data: [DONE]\n\n"})


async def score(body: dict[str, Any], receive: Receive, send: Send) -> None:
    model = await asyncio.to_thread(MODELS.reward_model, body["model"], bool(body.get("trust_remote_code")))
    value = await asyncio.to_thread(model.score, body["messages"])
    await answer(send, 200, {"score": value})


async def preview(body: dict[str, Any], receive: Receive, send: Send) -> None:
    """By a process of its own: a chat template from elsewhere may never come to an end."""
    there(body["base"])
    async with PREVIEWS:
        program = (sys.executable, "-m", "training.jobs.preview")
        process = await asyncio.create_subprocess_exec(*program, stdin=PIPE, stdout=PIPE)
        try:
            found, _ = await asyncio.wait_for(process.communicate(json.dumps(body).encode()), PREVIEW_SECONDS)
        except TimeoutError as error:
            raise ValueError(f"its tokens took longer than {PREVIEW_SECONDS} seconds.") from error
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    if process.returncode:
        raise ValueError("its tokenizer cannot be read. What it said is in the log of the model server.")
    await answer(send, 200, json.loads(found))


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
    # Before torch is imported: of the GPUs it sees its own, or none.
    os.environ |= {"CUDA_DEVICE_ORDER": "PCI_BUS_ID", "CUDA_VISIBLE_DEVICES": str(GPU.index) if GPU else ""}
    idle = asyncio.ensure_future(start_afresh_when_idle())
    config = uvicorn.Config(app, uds=socket, log_level="warning", timeout_graceful_shutdown=2)
    await uvicorn.Server(config).serve()
    idle.cancel()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
