"""Lines of a batch's files: each is an answer, or a failure that says why and shows nothing that was written."""

from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from annotation.judges.client.batch_files import BatchClient, codes, written
from annotation.judges.client.calls import Answer, CallFailed, Fault
from annotation.judges.client.endpoints import Access

ACCESS = Access("east", "https://east.example/v1", "sk-secret", 4, batch_share=0.25)
FILING = BatchClient(ACCESS, "gpt-5", cast(Any, None))
USAGE = {"prompt_tokens": 10, "completion_tokens": 2, "total_tokens": 12}
MESSAGE = {"role": "assistant", "content": "Verdict: A+"}
BODY = {"model": "gpt-5-2026", "choices": [{"index": 0, "finish_reason": "stop", "message": MESSAGE}], "usage": USAGE}


def read(status: int = 200, body: Any = BODY, **fields: Any) -> tuple[str, Answer | CallFailed]:
    line = {"custom_id": "q-1", "response": {"status_code": status, "body": body}} | fields
    return FILING.read(msgspec.json.encode(line))


def failure(**given: Any) -> CallFailed:
    name, found = read(**given)
    assert name == "q-1" and isinstance(found, CallFailed)
    return found


def test_an_answer_comes_under_its_name_at_the_share_of_a_batch() -> None:
    name, answer = read()
    assert name == "q-1" and isinstance(answer, Answer)
    assert (answer.text, answer.model, answer.tokens_in, answer.share) == ("Verdict: A+", "gpt-5-2026", 10, 0.25)


@pytest.mark.parametrize("line", [b'{"custom_id": "q-1", "resp', b"[]", b'{"response": null}', b"\xff"])
def test_a_line_that_cannot_be_read_belongs_to_no_question(line: bytes) -> None:
    name, found = FILING.read(line)
    assert name == "" and isinstance(found, CallFailed) and found.fault == Fault.CUT


def test_a_question_that_expired_may_be_asked_again_and_its_code_is_named() -> None:
    found = failure(response=None, error={"code": "batch_expired"})
    assert found.fault == Fault.TIMEOUT and not found.stops and "(batch_expired)" in str(found)


def test_a_code_that_is_no_word_is_not_shown() -> None:
    assert "sk-" not in str(failure(response=None, error={"code": "your key is sk-secret <b>"}))


@pytest.mark.parametrize(
    ("status", "body", "fault"),
    [
        (401, {"error": {"message": "bad key"}}, Fault.KEY),
        (429, {"error": {"message": "slow down"}}, Fault.RATE),
        (500, "oops", Fault.SERVER),
        (400, {"error": {"code": "context_length_exceeded", "message": "too long"}}, Fault.CONTEXT),
        (400, {"error": "no object"}, Fault.REQUEST),
    ],
)
def test_an_error_in_a_file_is_the_fault_that_it_would_be_at_once(status: int, body: Any, fault: Fault) -> None:
    assert failure(status=status, body=body).fault == fault


def test_questions_are_written_one_a_line_under_their_names() -> None:
    lines = [msgspec.json.decode(line) for line in written({"a": {"model": "m"}, "b": {"model": "n"}}).splitlines()]
    assert [(line["custom_id"], line["body"], line["url"]) for line in lines] == [
        ("a", {"model": "m"}, "/v1/chat/completions"),
        ("b", {"model": "n"}, "/v1/chat/completions"),
    ]


def test_of_why_a_batch_failed_only_code_words_are_shown_each_once() -> None:
    told = [SimpleNamespace(code=code) for code in ("token_limit", "token_limit", "<script>", None)]
    assert codes(SimpleNamespace(errors=SimpleNamespace(data=told))) == " (token_limit)"
    assert codes(SimpleNamespace(errors=None)) == ""
