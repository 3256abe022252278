"""One question to an OpenAI-compatible endpoint: the answer with what it cost, or an error by name.

The client library is imported where it is used: it costs a second and 27 MB, and most processes never ask a judge.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings as conf

from annotation.judges.loading import Judge
from annotation.models.prompts import Message

if TYPE_CHECKING:
    import openai
    from openai import AsyncOpenAI
    from openai.types.chat import ChatCompletionMessageParam
    from openai.types.chat.chat_completion import Choice

ATTEMPTS = 6
TIMEOUT = 120.0
LONGEST_WAIT = 60.0
# Answered 429 too, but no waiting helps.
OUT_OF_QUOTA = {"insufficient_quota", "billing_hard_limit_reached"}


@dataclass(frozen=True)
class Answer:
    """What the endpoint said, and which model it says it was."""

    text: str
    model: str
    tokens_in: int
    tokens_out: int
    latency: float
    logprobs: list[dict[str, Any]] | None = None
    endpoint: str = ""


class CallFailed(Exception):
    """A question without an answer. `stops` where no other question would be answered either."""

    def __init__(self, message: str, stops: bool = False) -> None:
        super().__init__(message)
        self.stops = stops


def connect() -> AsyncOpenAI:
    """The key comes from the environment and goes nowhere else."""
    from openai import AsyncOpenAI

    if not conf.OPENAI_API_KEY:
        raise CallFailed("No key for the judge's endpoint: set OPENAI_API_KEY and start the studio again.", stops=True)
    return AsyncOpenAI(api_key=conf.OPENAI_API_KEY, base_url=conf.OPENAI_BASE_URL, max_retries=0, timeout=TIMEOUT)


async def ask(client: AsyncOpenAI, judge: Judge, messages: Sequence[Message], settings: Mapping[str, Any]) -> Answer:
    """Asks again, after a while, where that can help. Raises CallFailed."""
    import openai

    for attempt in range(1, ATTEMPTS + 1):
        try:
            return await ask_once(client, judge, messages, settings)
        except (openai.APIError, json.JSONDecodeError) as error:
            failure, wait = named(error, judge), waiting(error, attempt)
            if wait is None or attempt == ATTEMPTS:
                raise failure from error
        await asyncio.sleep(wait)
    raise AssertionError("the last attempt returns or raises")


async def ask_once(
    client: AsyncOpenAI, judge: Judge, messages: Sequence[Message], settings: Mapping[str, Any]
) -> Answer:
    started = time.monotonic()
    completion = await client.chat.completions.create(
        model=judge.model,
        messages=cast("list[ChatCompletionMessageParam]", list(messages)),
        **settings,
    )
    if not completion.choices:
        raise CallFailed("The endpoint answered without a choice.")
    choice = completion.choices[0]
    if choice.finish_reason == "content_filter":
        raise CallFailed("The endpoint's content filter stopped the answer.")
    if choice.message.refusal:
        raise CallFailed(f"The judge refused: {choice.message.refusal}")
    usage = completion.usage
    return Answer(
        text=choice.message.content or "",
        model=completion.model,
        tokens_in=usage.prompt_tokens if usage else 0,
        tokens_out=usage.completion_tokens if usage else 0,
        latency=time.monotonic() - started,
        logprobs=first_tokens(choice),
    )


def first_tokens(choice: Choice) -> list[dict[str, Any]] | None:
    """The likeliest first tokens with their log-probabilities, where the endpoint was asked for them and gave them."""
    if not choice.logprobs or not choice.logprobs.content:
        return None
    return [{"token": one.token, "logprob": one.logprob} for one in choice.logprobs.content[0].top_logprobs]


def named(error: openai.APIError | json.JSONDecodeError, judge: Judge) -> CallFailed:
    """The error in words, without anything that was sent."""
    import openai

    if isinstance(error, json.JSONDecodeError):
        return CallFailed("The endpoint's answer cannot be read: it was cut.")
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return CallFailed("The endpoint refuses the key. Check OPENAI_API_KEY.", stops=True)
    if isinstance(error, openai.NotFoundError):
        return CallFailed(f"The endpoint knows no model {judge.model!r}.", stops=True)
    if error.code in OUT_OF_QUOTA:
        return CallFailed("The endpoint's quota is used up.", stops=True)
    # Servers other than OpenAI's name it in words only.
    if error.code == "context_length_exceeded" or "context length" in error.message:
        return CallFailed("The conversation is too long for the judge.")
    if isinstance(error, openai.RateLimitError):
        return CallFailed(f"The endpoint's rate limit held for {ATTEMPTS} attempts.")
    if isinstance(error, openai.APITimeoutError):
        return CallFailed(f"No answer in {TIMEOUT:.0f} s.")
    if isinstance(error, openai.APIConnectionError):
        return CallFailed("The endpoint is out of reach. Check OPENAI_BASE_URL.", stops=True)
    if isinstance(error, openai.APIStatusError):
        return CallFailed(f"The endpoint answered {error.status_code}.")
    return CallFailed(f"The endpoint's answer cannot be read ({type(error).__name__}).")


def waiting(error: openai.APIError | json.JSONDecodeError, attempt: int) -> float | None:
    """Seconds until the next attempt, as the endpoint asks or doubling with jitter; None where none would help."""
    import openai

    if isinstance(error, json.JSONDecodeError):
        return pause(attempt)
    if error.code in OUT_OF_QUOTA:
        return None
    if isinstance(error, openai.APIStatusError):
        if error.status_code not in {408, 409, 429} and error.status_code < 500:
            return None
        asked: str = error.response.headers.get("retry-after", "")
        if asked.replace(".", "", 1).isdigit():
            return min(float(asked), LONGEST_WAIT)
    return pause(attempt)


def pause(attempt: int) -> float:
    """Doubling from half a second, with jitter so that many do not come back at once."""
    return min(random.uniform(0.5, 1) * 2.0 ** (attempt - 1), LONGEST_WAIT)
