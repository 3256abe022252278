"""The client of model servers: pieces as they come, scores, and failures in words. The network's edge is faked."""

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from asgiref.sync import async_to_sync

from training.checkpoints import model_server
from training.checkpoints.model_server import ModelServerError
from training.models import Checkpoint

Answer = Callable[[httpx2.Request], httpx2.Response]
ASKED = [{"role": "user", "content": "Hello?"}]
STREAM = b"""data: {"choices":[{"delta":{"role":"assistant"}}]}

data: {"choices":[{"delta":{"content":"Good "}}]}

data: {"choices":[{"delta":{"content":"day"}}]}

data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

data: {"choices":[],"usage":{"total_tokens":9}}

data: [DONE]

"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], None]:
    """`server(lambda request: httpx2.Response(…))`: what the model server answers."""

    def serve(answer: Answer) -> None:
        transport = httpx2.MockTransport(answer)
        client = lambda: httpx2.AsyncClient(transport=transport, base_url="http://models")  # noqa: E731
        monkeypatch.setattr(model_server, "connect", client)

    return serve


@async_to_sync
async def pieces(checkpoint: Checkpoint) -> list[str]:
    found = model_server.stream(checkpoint, ASKED, temperature=0.5, max_tokens=7, seed=3)  # type: ignore[arg-type]
    return [piece async for piece in found]


@async_to_sync
async def score(checkpoint: Checkpoint) -> float:
    return await model_server.score(checkpoint, ASKED)  # type: ignore[arg-type]


def test_pieces_come_without_the_empty_ones(server: Callable[[Answer], None], make_checkpoint: Any) -> None:
    server(lambda request: httpx2.Response(200, content=STREAM))
    assert pieces(make_checkpoint()) == ["Good ", "day"]


def test_what_is_sent_is_openais_protocol(
    server: Callable[[Answer], None], make_checkpoint: Any, settings: Any
) -> None:
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        return httpx2.Response(200, content=STREAM)

    server(answer)
    settings.MODELS_URL = "http://elsewhere"
    pieces(make_checkpoint("mine"))
    (request,) = sent
    assert request.url.path == "/v1/chat/completions"
    body = httpx2.Response(200, content=request.content).json()
    assert body == {"model": "mine", "messages": ASKED, "temperature": 0.5, "max_tokens": 7, "seed": 3, "stream": True}


def test_a_refusal_names_no_folder_of_another_project(server: Callable[[Answer], None], make_checkpoint: Any) -> None:
    says = {"error": {"message": "This checkpoint cannot answer: no such file: /models/tiny/config.json"}}
    server(lambda request: httpx2.Response(400, json=says))
    for one, named in (
        (make_checkpoint("ours"), "/models/tiny"),
        (make_checkpoint("theirs", shared_by="B"), "theirs"),
    ):
        with pytest.raises(ModelServerError, match=f"no such file: {named}/config.json"):
            pieces(one)


def test_our_own_server_is_told_the_folder(make_checkpoint: Any, settings: Any) -> None:
    assert model_server.model_name(make_checkpoint()) == "/models/tiny"


def test_a_score_is_the_raw_logit(server: Callable[[Answer], None], make_checkpoint: Any) -> None:
    server(lambda request: httpx2.Response(200, json={"score": -1.5}))
    assert score(make_checkpoint("rater", "reward")) == -1.5


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (httpx2.Response(400, json={"error": {"message": "This checkpoint cannot answer: no file"}}), "cannot answer"),
        (httpx2.Response(503, text="busy"), "answered 503"),
    ],
)
def test_a_refusal_is_passed_on_in_words(
    server: Callable[[Answer], None], make_checkpoint: Any, answer: httpx2.Response, words: str
) -> None:
    server(lambda request: answer)
    with pytest.raises(ModelServerError, match=words):
        pieces(make_checkpoint())


@pytest.mark.parametrize(
    ("error", "words"),
    [(httpx2.ConnectError("no socket"), "make run EXTRAS=train"), (httpx2.RemoteProtocolError("cut"), "broke off")],
)
def test_a_server_that_is_away_is_told_with_the_remedy(
    server: Callable[[Answer], None], make_checkpoint: Any, error: httpx2.HTTPError, words: str
) -> None:
    def fail(request: httpx2.Request) -> httpx2.Response:
        raise error

    server(fail)
    with pytest.raises(ModelServerError, match=words):
        pieces(make_checkpoint())
    with pytest.raises(ModelServerError, match=words):
        score(make_checkpoint("rater", "reward"))


def test_without_an_address_the_socket_is_asked(settings: Any, make_checkpoint: Any) -> None:
    settings.MODELS_URL, settings.MODELS_SOCKET = "", "/nonexistent/models.sock"
    with pytest.raises(ModelServerError, match="does not answer"):
        pieces(make_checkpoint())


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (httpx2.Response(307, headers={"Location": "http://10.0.0.1/"}), "sends us elsewhere"),
        (httpx2.Response(200, content=b"data: {no json\n\n"), "cannot be read"),
        (httpx2.Response(200, content=b'data: {"choices":[{"nothing":1}]}\n\n'), "cannot be read"),
        (httpx2.Response(200, content=b'data: {"choices":7}\n\n'), "cannot be read"),
    ],
)
def test_another_address_is_not_followed_and_nonsense_has_words(
    server: Callable[[Answer], None], make_checkpoint: Any, answer: httpx2.Response, says: str
) -> None:
    server(lambda request: answer)
    with pytest.raises(ModelServerError, match=says):
        pieces(make_checkpoint())


def test_a_score_that_is_none_has_words(server: Callable[[Answer], None], make_checkpoint: Any) -> None:
    for body in (b"", b"{}", b'{"score": null}', b"<html>"):
        server(lambda request, body=body: httpx2.Response(200, content=body))  # type: ignore[misc]
        with pytest.raises(ModelServerError, match="cannot be read"):
            score(make_checkpoint(f"rates {body!r}", "reward"))
