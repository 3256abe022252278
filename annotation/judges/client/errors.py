"""Errors of the client library by name, without anything that was sent or that the endpoint wrote in free words."""

import re

import httpx2
import openai

from annotation.judges.client import calls
from annotation.judges.client.calls import LEAVES, CallFailed, Fault
from annotation.judges.client.endpoints import Access
from annotation.judges.client.rate_limits import retry_after
from studio.ssrf import AddressRefused

# Answered 429 too, but no waiting helps.
OUT_OF_QUOTA = {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}
# Servers other than OpenAI's say it in words only: vLLM, llama.cpp, TGI and Anthropic.
TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size)|maximum.{0,20}(tokens|context)|(prompt|input) is too long|max_new_tokens",
    re.IGNORECASE,
)
WORD = re.compile(r"[\w.\[\]-]{1,60}")
PASSING_STATUS = {408, 409, 425}


def named(error: openai.APIError, access: Access, model: str) -> CallFailed:
    if isinstance(error, openai.APIStatusError):
        return by_status(error, access, model)
    if isinstance(error, openai.APITimeoutError):
        return CallFailed(f"{access} gave no answer in {calls.TIMEOUT:.0f} s.", Fault.TIMEOUT)
    return by_connection(error, access)


def by_connection(error: openai.APIError, access: Access) -> CallFailed:
    causes = list(chain(error))
    if any(isinstance(cause, AddressRefused) for cause in causes):
        says = "lies on a private address. An admin may allow that."
        return CallFailed(f"{access} {says}", Fault.ADDRESS, stops=True)
    if any(isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout) for cause in causes):
        return CallFailed(f"{access} is out of reach. Check {access.address_from}.", Fault.DOWN, stops=True)
    return CallFailed(f"{access}'s answer cannot be read: it was cut.", Fault.CUT)


def chain(error: BaseException | None) -> list[BaseException]:
    """An error, what it came of, and what that came of; aiohttp keeps the resolver's in `os_error`."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or getattr(error, "os_error", None)
    return found


def by_status(error: openai.APIStatusError, access: Access, model: str) -> CallFailed:
    fault, says = told(error, access, model)
    wait = retry_after(error.response.headers)
    return CallFailed(f"{access} {says}", fault, stops=fault in LEAVES, wait=wait)


def told(error: openai.APIStatusError, access: Access, model: str) -> tuple[Fault, str]:
    status, code = error.status_code, error.code or error.type
    if error.code in OUT_OF_QUOTA or error.type in OUT_OF_QUOTA or status == 402:
        return Fault.QUOTA, "says that its quota is used up."
    if code == "content_filter":
        return Fault.FILTER, "stopped the question by its content filter."
    if error.code == "context_length_exceeded" or (status in {400, 413, 422} and TOO_LONG.search(error.message)):
        return Fault.CONTEXT, "says that the conversation is too long for the judge."
    if status in {401, 403}:
        return Fault.KEY, f"refuses the key ({status}). Check {access.key_from}."
    if status == 404 or error.code == "model_not_found":
        return Fault.MODEL, f"knows no model {model!r} ({status}). Check the model's name and {access.address_from}."
    if status == 429:
        return Fault.RATE, "kept its rate limit."
    if status >= 500 or status in PASSING_STATUS:
        return Fault.SERVER, f"answered {status}."
    if status < 400:
        return (
            Fault.ADDRESS,
            f"sends us elsewhere ({status}), and no redirect is followed. Check {access.address_from}.",
        )
    return Fault.REQUEST, f"refuses the request ({', '.join([str(status), *words(error)])})."


def words(error: openai.APIStatusError) -> list[str]:
    """Which code and which parameter, where they are single words: free text may repeat what was sent."""
    return [word for word in (error.code, error.param) if isinstance(word, str) and WORD.fullmatch(word)]
