"""What is read of an answer, and what an answer that cannot be read is called."""

from typing import Any

import pytest

from annotation.judges.client import chat
from annotation.judges.client.calls import CallFailed, Fault
from annotation.judges.client.endpoints import Access
from tests.annotation.judges.endpoint import completion

EAST = Access("east", "https://judges.example/v1", "sk-secret", 8)


def read(body: bytes) -> Any:
    return chat.read(body, EAST, "gpt-4", 0.5)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b'{"choices": [{"mess', Fault.CUT),
        (b"<html>Bad gateway</html>", Fault.CUT),
        (b"", Fault.CUT),
        (b"[" * 100_000, Fault.CUT),
        (b'{"choices": []}', Fault.MALFORMED),
        (b'{"error": {"message": "sk-secret"}}', Fault.MALFORMED),
        (b'{"choices": [{"message": "yes"}]}', Fault.MALFORMED),
        (b'{"choices": [{"message": {"content": 7}}]}', Fault.MALFORMED),
        (b'["yes"]', Fault.MALFORMED),
    ],
)
def test_an_answer_that_is_none_has_a_name(body: bytes, fault: Fault) -> None:
    with pytest.raises(CallFailed) as caught:
        read(body)
    assert caught.value.fault is fault and "sk-secret" not in str(caught.value)


def test_an_answer_without_usage_or_model_is_one() -> None:
    answer = read(b'{"choices": [{"message": {"content": "Yes."}}]}')
    assert (answer.text, answer.model, answer.tokens_in, answer.endpoint) == ("Yes.", "gpt-4", 0, "east")


@pytest.mark.parametrize(("told", "kept"), [("-3", 0), ("9e12", 2**31 - 1), ("7.0", 7), ("null", 0), ("NaN", 0)])
def test_counts_that_no_column_holds_are_held_in_bounds(told: str, kept: int) -> None:
    body = f'{{"choices": [{{"message": {{"content": ""}}}}], "usage": {{"prompt_tokens": {told}}}}}'
    assert read(body.encode()).tokens_in == kept


def test_a_refusal_is_an_answer_that_was_paid_for() -> None:
    answer = read(completion(None, refusal="I will not.")[1])
    assert answer.refusal.fault is Fault.REFUSAL and "I will not." in str(answer.refusal)
    assert (answer.text, answer.tokens_out) == ("I will not.", 10)
    assert read(completion("", finish_reason="content_filter")[1]).refusal.fault is Fault.FILTER


def test_the_likeliest_first_tokens_are_kept() -> None:
    tops = [{"token": "m", "logprob": -0.1, "bytes": [109]}, {"token": "M", "logprob": None}]
    logprobs = {"content": [{"token": "m", "logprob": -0.1, "top_logprobs": tops}], "refusal": None}
    kept = read(completion("m", logprobs=logprobs)[1].replace(b'"logprob":null', b'"logprob":-Infinity')).logprobs
    assert kept == [{"token": "m", "logprob": -0.1}, {"token": "M", "logprob": -9999.0}]


def test_of_several_choices_the_first_is_the_answer() -> None:
    body = b'{"choices": [{"message": {"content": "One."}}, {"message": {"content": "Other."}}]}'
    assert read(body).text == "One."


def test_what_postgresql_cannot_hold_is_replaced_and_the_rest_of_the_answer_stays() -> None:
    answer = read(b'{"choices": [{"message": {"content": "a\\u0000b \\ud800 c"}}], "model": "m\\u0000"}')
    assert (answer.text, answer.model) == ("a\ufffdb ? c", "m\ufffd")


def test_a_name_or_a_refusal_without_end_is_cut() -> None:
    answer = read(completion(None, refusal="No. " * 1_000)[1].replace(b"tiny-judge-2026", b"m" * 1_000))
    assert len(answer.model) == chat.LONGEST_NAME
    assert len(str(answer.refusal)) <= chat.LONGEST_REFUSAL + len("The judge refused: ")


def test_a_filter_is_named_before_a_refusal() -> None:
    answer = read(completion("", refusal="No.", finish_reason="content_filter")[1])
    assert answer.refusal.fault is Fault.FILTER


@pytest.mark.parametrize("logprobs", [None, {"content": None}, {"content": []}])
def test_an_endpoint_that_gives_no_log_probabilities_gave_none(logprobs: Any) -> None:
    assert read(completion("m", logprobs=logprobs)[1]).logprobs is None


def test_how_long_the_answer_took_and_who_gave_it_stay_with_it() -> None:
    answer = read(completion("Yes.")[1])
    assert (answer.latency, answer.endpoint, answer.model) == (0.5, "east", "tiny-judge-2026")
    assert (answer.tokens_in, answer.tokens_out, answer.refusal) == (100, 10, None)
