"""Long answers go out block by block, under either server."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import AsyncRequestFactory, RequestFactory

from studio.http.streaming import download
from tests.looping import looped

BLOCKS = [b"one\n", b"two\n", b"three\n"]


def told(made: list[bytes]) -> Iterator[bytes]:
    """Blocks that note when they were made."""
    for block in BLOCKS:
        made.append(block)
        yield block


def test_a_file_has_a_name_and_says_how_many_rows_come(rf: RequestFactory) -> None:
    answer = download(rf.get("/"), iter(BLOCKS), "application/jsonl", "pairs.jsonl", 3)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pairs.jsonl"'
    assert (answer.headers["X-Rows"], answer.headers["X-Accel-Buffering"]) == ("3", "no")
    assert b"".join(answer) == b"".join(BLOCKS)


def test_where_nobody_counted_no_number_of_rows_is_claimed(rf: RequestFactory) -> None:
    assert "X-Rows" not in download(rf.get("/"), iter(()), "text/csv", "a.csv").headers


def test_under_asgi_the_first_block_goes_out_before_the_second_is_made(async_rf: AsyncRequestFactory) -> None:
    made: list[bytes] = []
    request = async_rf.get("/")
    assert isinstance(request, ASGIRequest)
    body: Any = download(request, told(made), "text/plain", "a.txt").streaming_content

    async def first() -> bytes:
        return bytes(await anext(body))

    assert looped(first()) == b"one\n"
    assert made == [b"one\n"]


def test_a_block_that_cannot_be_made_breaks_the_answer_off(async_rf: AsyncRequestFactory) -> None:
    def broken() -> Iterator[bytes]:
        yield b"one\n"
        raise RuntimeError("the database went away")

    body: Any = download(async_rf.get("/"), broken(), "text/plain", "a.txt").streaming_content

    async def whole() -> list[bytes]:
        return [block async for block in body]

    with pytest.raises(RuntimeError, match="went away"):
        looped(whole())
