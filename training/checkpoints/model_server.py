"""Clients of model servers: token streams and live scores for chat and comparison.

`STUDIO_MODELS_URL` names an OpenAI-compatible server (vLLM serves checkpoints under their names); without
it the studio's own model server is asked through its socket.
"""

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx2
import msgspec
from django.conf import settings

from annotation.models.prompts import Message
from training.checkpoints import remote_code
from training.models import Checkpoint
from training.token_previews import TokenPreview

# Loading a model takes longer than any token; a silent stream of this length is a dead one.
TIMEOUT = httpx2.Timeout(120, connect=5)
# What an answer of another form than OpenAI's comes to.
MISREAD = (ValueError, KeyError, IndexError, TypeError, AttributeError)
UNREADABLE = "The model server's answer cannot be read. Check that STUDIO_MODELS_URL is an OpenAI-compatible server."


class ModelServerError(Exception):
    """The model server is out of reach or refused, with what to do about it."""


def connect() -> httpx2.AsyncClient:
    if settings.MODELS_URL:
        return httpx2.AsyncClient(base_url=settings.MODELS_URL, timeout=TIMEOUT)
    return connect_to_ours()


def connect_to_ours() -> httpx2.AsyncClient:
    transport = httpx2.AsyncHTTPTransport(uds=str(settings.MODELS_SOCKET))
    return httpx2.AsyncClient(transport=transport, base_url="http://models", timeout=TIMEOUT)


def model_name(checkpoint: Checkpoint) -> str:
    """A server elsewhere knows checkpoints by the name that their own project gives them, our own by their folder."""
    of_owner = checkpoint.original or checkpoint
    return of_owner.name if settings.MODELS_URL else str(settings.RUNS_DIR / checkpoint.path)


def allowance(checkpoint: Checkpoint) -> dict[str, bool]:
    """Our own server runs a checkpoint's code where an admin allowed it; one elsewhere has its own settings."""
    is_ours = not settings.MODELS_URL
    return {"trust_remote_code": True} if is_ours and remote_code.is_allowed(checkpoint) else {}


async def stream(
    checkpoint: Checkpoint,
    messages: Sequence[Message],
    *,
    temperature: float,
    max_tokens: int,
    seed: int,
    template: str = "",
) -> AsyncIterator[str]:
    """Pieces of the checkpoint's answer as they come. Raises ModelServerError.

    Our own server takes the name of a `template` for a checkpoint without one; one elsewhere has its own settings.
    """
    request: dict[str, Any] = {
        "model": model_name(checkpoint),
        "messages": list(messages),
        "temperature": temperature,
        "max_tokens": max_tokens,
        "seed": seed,
        "stream": True,
    }
    if template and not settings.MODELS_URL:
        request["template"] = template
    request |= allowance(checkpoint)
    try:
        async with connect() as client, client.stream("POST", "/v1/chat/completions", json=request) as response:
            await check(response, checkpoint)
            async for line in response.aiter_lines():
                if line.startswith("data: {") and (piece := piece_of(json.loads(line[6:]))):
                    yield piece
    except httpx2.HTTPError as error:
        raise ModelServerError(unreachable(error)) from error
    except MISREAD as error:
        raise ModelServerError(UNREADABLE) from error


def piece_of(chunk: Any) -> str:
    """The text in one chunk of OpenAI's stream; the first and the last have none, nor has a chunk of usage."""
    choices = chunk.get("choices")
    return (choices[0]["delta"].get("content") or "") if choices else ""


async def score(reward_model: Checkpoint, messages: Sequence[Message]) -> float:
    """The reward model's raw logit for a finished conversation. Raises ModelServerError."""
    request = {"model": model_name(reward_model), "messages": list(messages)} | allowance(reward_model)
    try:
        async with connect() as client:
            response = await client.post("/v1/score", json=request)
            await check(response, reward_model)
        return float(response.json()["score"])
    except httpx2.HTTPError as error:
        raise ModelServerError(unreachable(error)) from error
    except MISREAD as error:
        raise ModelServerError(UNREADABLE) from error


async def preview(checkpoint: Checkpoint, kind: str, chosen: dict[str, Any], records: list[Any]) -> TokenPreview:
    """Tokens of a run that would start from the checkpoint, by our own server. Raises ModelServerError."""
    folder = str(settings.RUNS_DIR / checkpoint.path)
    request = {"kind": kind, "settings": chosen, "base": folder, "records": records}
    try:
        async with connect_to_ours() as client:
            response = await client.post("/v1/preview", json=request)
            await check(response, checkpoint, folder)
        return msgspec.json.decode(response.content, type=TokenPreview)
    except httpx2.HTTPError as error:
        raise ModelServerError(unreachable(error)) from error
    except MISREAD as error:
        raise ModelServerError(UNREADABLE) from error


async def check(response: httpx2.Response, asked: Checkpoint, told: str = "") -> None:
    """A server may speak of the folder that it was `told`; of another project's nobody here reads the path."""
    if not response.is_success:
        await response.aread()
        says = reason(response)
        raise ModelServerError(says.replace(told or model_name(asked), asked.name) if asked.shared_by else says)


def reason(response: httpx2.Response) -> str:
    if response.is_redirect:
        return f"The model server sends us elsewhere ({response.status_code}). Name that place in STUDIO_MODELS_URL."
    try:
        body: Any = response.json()
        return str(body["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"The model server answered {response.status_code}."


def unreachable(error: httpx2.HTTPError) -> str:
    if not isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        return f"The model server broke off ({type(error).__name__}). Ask again; its log is models.log."
    return (
        "The model server does not answer. It needs the training extra: stop the studio and start it with "
        "`make run EXTRAS=train`, or name another server in STUDIO_MODELS_URL."
    )
