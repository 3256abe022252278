"""Errors on the way to an endpoint as the client library knows them, and answers that are not read beyond reason."""

from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp
import httpx2
import pytest

from annotation.judges.client.transport import as_httpx_says, whole
from studio.ssrf import AddressRefused
from tests.looping import looped


class Answer:
    """An answer that comes in pieces, as aiohttp gives them."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces, self.read = pieces, 0
        self.content = self

    async def iter_any(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            self.read += 1
            yield piece


def body(answer: Answer, most: int) -> bytes:
    return looped(whole(cast(Any, answer), most))


@pytest.mark.parametrize(
    ("error", "known_as"),
    [
        (AddressRefused("10.0.0.1 is private"), httpx2.ConnectError),
        (aiohttp.ConnectionTimeoutError("slow"), httpx2.ConnectError),
        (TimeoutError("slow"), httpx2.ReadTimeout),
        (aiohttp.ServerTimeoutError("slow"), httpx2.ReadTimeout),
        (aiohttp.ClientPayloadError("cut"), httpx2.ReadError),
        (ConnectionResetError("gone"), httpx2.ReadError),
    ],
)
def test_an_error_of_the_way_is_one_that_may_be_asked_again(error: Exception, known_as: type[Exception]) -> None:
    with pytest.raises(known_as) as raised, as_httpx_says():
        raise error
    assert raised.value.__cause__ is error


def test_an_error_of_ours_stays_what_it_is() -> None:
    with pytest.raises(KeyError), as_httpx_says():
        raise KeyError("ours")


def test_an_answer_is_its_pieces() -> None:
    assert body(Answer(b"one ", b"", b"two"), 7) == b"one two"


def test_no_more_is_read_than_the_most() -> None:
    endless = Answer(*[b"x" * 10] * 1000)
    with pytest.raises(httpx2.RemoteProtocolError, match="more than 25 bytes"):
        body(endless, 25)
    assert endless.read == 3
