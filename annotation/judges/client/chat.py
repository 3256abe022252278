"""One question to one endpoint through the client library, and its answer or a failure by name."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2
import msgspec
import openai
from msgspec import Struct
from openai import AsyncOpenAI, RequestOptions

from annotation.judges.client import errors
from annotation.judges.client.calls import Answer, CallFailed, Fault
from annotation.judges.client.endpoints import Access
from annotation.models.prompts import Message

MOST_TOKENS = 2**31 - 1
LONGEST_NAME = 200
LONGEST_REFUSAL = 500
# In place of minus infinity, which is no JSON; vLLM's word for it.
LEAST = -9999.0


class Token(Struct):
    token: str
    logprob: float


class TokenPlace(Struct):
    top_logprobs: list[Token] = []


class Logprobs(Struct):
    content: list[TokenPlace] | None = None


class ChatMessage(Struct):
    content: str | None = None
    refusal: str | None = None


class Choice(Struct):
    message: ChatMessage
    finish_reason: str | None = None
    logprobs: Logprobs | None = None


class Usage(Struct):
    prompt_tokens: float | None = None
    completion_tokens: float | None = None


class Completion(Struct):
    """What we read of a chat completion."""

    choices: list[Choice] = []
    model: str | None = None
    usage: Usage | None = None


COMPLETION = msgspec.json.Decoder(Completion)


async def ask(
    connection: AsyncOpenAI,
    access: Access,
    model: str,
    messages: Sequence[Message],
    settings: Mapping[str, Any],
    idempotency_key: str = "",
) -> tuple[Answer, Mapping[str, str]]:
    """The answer, and the headers that tell the endpoint's limits. Raises CallFailed."""
    started = time.monotonic()
    body = {"model": model, "messages": messages, **settings}
    options: RequestOptions = {"headers": {"Idempotency-Key": idempotency_key}} if idempotency_key else {}
    try:
        response = await connection.post("/chat/completions", cast_to=httpx2.Response, body=body, options=options)
    except openai.APIError as error:
        raise errors.named(error, access, model) from error
    return read(response.content, access, model, time.monotonic() - started), response.headers


def read(body: bytes, access: Access, model: str, latency: float) -> Answer:
    """A completion's first choice. Raises CallFailed."""
    completion = decoded(body, access)
    if not completion.choices:
        raise CallFailed(f"{access} answered without a choice.", Fault.MALFORMED)
    choice, usage = completion.choices[0], completion.usage or Usage()
    return Answer(
        text=storable(choice.message.content or choice.message.refusal or ""),
        model=storable(completion.model or model)[:LONGEST_NAME],
        tokens_in=count(usage.prompt_tokens),
        tokens_out=count(usage.completion_tokens),
        latency=latency,
        logprobs=first_tokens(choice),
        endpoint=access.name,
        refusal=refused(choice, access),
    )


def refused(choice: Choice, access: Access) -> CallFailed | None:
    if choice.finish_reason == "content_filter":
        return CallFailed(f"{access}'s content filter stopped the answer.", Fault.FILTER)
    if choice.message.refusal:
        says = storable(choice.message.refusal)[:LONGEST_REFUSAL]
        return CallFailed(f"The judge refused: {says}", Fault.REFUSAL)
    return None


def decoded(body: bytes, access: Access) -> Completion:
    try:
        return COMPLETION.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    try:
        # Slower, and takes what the standard forbids: lone surrogates, and NaN as a log-probability.
        return msgspec.convert(json.loads(body), Completion)
    except msgspec.ValidationError as error:
        raise CallFailed(f"{access}'s answer is no chat completion.", Fault.MALFORMED) from error
    except (ValueError, RecursionError) as error:
        raise CallFailed(f"{access}'s answer cannot be read: it was cut or is no JSON.", Fault.CUT) from error


def count(tokens: float | None) -> int:
    """What the database can hold of it."""
    return int(min(max(0.0, tokens or 0.0), MOST_TOKENS))


def storable(text: str) -> str:
    """Without what the database cannot hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def first_tokens(choice: Choice) -> list[dict[str, Any]] | None:
    """The likeliest first tokens with their log-probabilities, where the endpoint was asked for them and gave them."""
    if not choice.logprobs or not choice.logprobs.content:
        return None
    tops = choice.logprobs.content[0].top_logprobs
    return [{"token": storable(one.token), "logprob": max(LEAST, one.logprob)} for one in tops]
