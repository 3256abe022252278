"""Errors of requests by name, as several kinds of servers put them."""

from typing import Any

import httpx2
import openai
import orjson
import pytest

from annotation.judges.client import errors
from annotation.judges.client.calls import CallFailed, Fault
from annotation.judges.client.endpoints import Access

EAST = Access("east", "https://judges.example/v1", "sk-secret", 8)


def said(status: int, error: Any, **headers: str) -> CallFailed:
    request = httpx2.Request("POST", "https://judges.example/v1/chat/completions")
    answer = httpx2.Response(status, content=orjson.dumps({"error": error}), headers=headers, request=request)
    return errors.named(openai.OpenAI(api_key="none")._make_status_error_from_response(answer), EAST, "gpt-4")


@pytest.mark.parametrize(
    ("status", "error", "fault"),
    [
        (401, {"code": "invalid_api_key"}, Fault.KEY),
        (403, {"message": "Country not supported"}, Fault.KEY),
        (404, {"code": "model_not_found"}, Fault.MODEL),
        (400, {"code": "model_not_found"}, Fault.MODEL),
        (429, {"code": "insufficient_quota"}, Fault.QUOTA),
        (429, {"type": "insufficient_quota"}, Fault.QUOTA),
        (402, {"message": "Insufficient balance"}, Fault.QUOTA),
        (429, {"code": "rate_limit_exceeded"}, Fault.RATE),
        (429, None, Fault.RATE),
        (400, {"code": "content_filter"}, Fault.FILTER),
        (400, {"code": "context_length_exceeded"}, Fault.CONTEXT),
        (400, {"message": "This model's maximum context length is 4096 tokens."}, Fault.CONTEXT),
        (400, {"message": "the request exceeds the available context size"}, Fault.CONTEXT),
        (422, {"message": "`inputs` tokens + `max_new_tokens` must be <= 4096"}, Fault.CONTEXT),
        (400, {"message": "prompt is too long: 210000 tokens"}, Fault.CONTEXT),
        (400, {"code": "unsupported_parameter", "param": "max_tokens"}, Fault.REQUEST),
        (500, None, Fault.SERVER),
        (529, {"message": "Overloaded"}, Fault.SERVER),
        (408, None, Fault.SERVER),
    ],
)
def test_a_status_has_a_name(status: int, error: Any, fault: Fault) -> None:
    failure = said(status, error)
    assert failure.fault is fault and str(failure).startswith("The endpoint east ")
    assert failure.stops is (fault in {Fault.KEY, Fault.MODEL, Fault.QUOTA})


def test_nothing_that_the_endpoint_writes_in_free_words_is_repeated() -> None:
    failure = said(400, {"message": "Bad key sk-secret", "code": "Bad key sk-secret", "param": "temperature"})
    assert str(failure) == "The endpoint east refuses the request (400, temperature)."


def test_it_says_how_long_it_wants_to_be_left_alone() -> None:
    assert said(429, None, **{"retry-after": "7"}).wait == 7
    assert said(500, None).wait is None
