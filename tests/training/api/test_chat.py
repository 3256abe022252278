"""Live answers as server-sent events. The model server is faked at its client."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient

from studio.accounts.models import ApiToken, User
from training.checkpoints import model_server
from training.checkpoints.model_server import ModelServerError
from training.models import Checkpoint, TrainingDefaults

HELLO = {"messages": [{"role": "user", "content": "Hello?"}]}


@pytest.fixture(autouse=True)
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the model server was asked."""
    seen: list[dict[str, Any]] = []

    async def stream(checkpoint: Checkpoint, messages: Any, **sampling: Any) -> AsyncIterator[str]:
        seen.append({"checkpoint": checkpoint.name, "messages": messages, **sampling})
        for piece in ("Good ", "day"):
            yield piece

    async def score(rater: Checkpoint, messages: Any) -> float:
        seen.append({"rater": rater.name, "messages": messages})
        return 1.25

    monkeypatch.setattr(model_server, "stream", stream)
    monkeypatch.setattr(model_server, "score", score)
    return seen


@pytest.fixture
def policy(make_checkpoint: Any) -> Checkpoint:
    found: Checkpoint = make_checkpoint()
    return found


@async_to_sync
async def post(client: AsyncClient, pk: int, body: Any, headers: dict[str, str] | None = None) -> tuple[int, str]:
    path = f"/api/v1/checkpoints/{pk}/chat/"
    sent = json.dumps(body) if isinstance(body, dict) else body
    response: Any = await client.post(path, sent, content_type="application/json", headers=headers)
    if not response.streaming:
        return response.status_code, response.content.decode()
    return response.status_code, b"".join([part async for part in response.streaming_content]).decode()


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    blocks = [block.split("\n") for block in text.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def signed_in(user: User) -> AsyncClient:
    client = AsyncClient()
    client.force_login(user)
    return client


def test_an_answer_comes_in_pieces_and_ends_with_its_times(lea: User, policy: Checkpoint) -> None:
    status, text = post(signed_in(lea), policy.pk, HELLO)
    *pieces, (name, end) = events(text)
    assert status == 200
    assert pieces == [("piece", {"text": "Good "}), ("piece", {"text": "day"})]
    assert name == "end" and 0 <= end["first_piece_seconds"] <= end["seconds"] and end["score"] is None


def test_what_was_chosen_reaches_the_model(lea: User, policy: Checkpoint, asked: list[dict[str, Any]]) -> None:
    post(signed_in(lea), policy.pk, HELLO | {"temperature": 0.0, "max_tokens": 9, "seed": 4})
    chosen = {"temperature": 0.0, "max_tokens": 9, "seed": 4, "template": ""}
    assert asked == [{"checkpoint": "tiny", **HELLO, **chosen}]


@pytest.mark.parametrize(("own", "template"), [(None, "xverse"), ("chat_template.jinja", "")])
def test_a_checkpoint_without_a_template_is_asked_in_that_of_the_project(
    lea: User, policy: Checkpoint, asked: list[dict[str, Any]], tmp_path: Path, own: str | None, template: str
) -> None:
    TrainingDefaults.objects.create(template="xverse")
    (tmp_path / "tokenizer_config.json").write_text("{}")
    if own:
        (tmp_path / own).write_text("{{ messages }}")
    Checkpoint.objects.update(path=str(tmp_path))
    post(signed_in(lea), policy.pk, HELLO)
    assert asked[0]["template"] == template


def test_a_reward_model_scores_the_finished_answer(
    lea: User, policy: Checkpoint, make_checkpoint: Any, asked: list[dict[str, Any]]
) -> None:
    rater = make_checkpoint("rater", "reward")
    _, text = post(signed_in(lea), policy.pk, HELLO | {"score_with": rater.pk})
    assert events(text)[-1][1]["score"] == 1.25
    assert asked[-1]["messages"][-1] == {"role": "assistant", "content": "Good day"}


def test_a_failure_is_an_event_of_its_own(lea: User, policy: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stream(*_: Any, **__: Any) -> AsyncIterator[str]:
        yield "Good "
        raise ModelServerError("It is away.")

    monkeypatch.setattr(model_server, "stream", stream)
    _, text = post(signed_in(lea), policy.pk, HELLO)
    assert events(text)[-1] == ("error", {"detail": "It is away."})


def test_a_stranger_and_an_annotator_get_nothing(ann: User, policy: Checkpoint, asked: list[dict[str, Any]]) -> None:
    assert post(AsyncClient(), policy.pk, HELLO)[0] == 401
    assert post(signed_in(ann), policy.pk, HELLO)[0] == 403
    assert post(AsyncClient(), policy.pk, HELLO, {"Authorization": "Bearer xw_nonsense"})[0] == 401
    assert asked == []


def test_a_token_opens_it_without_a_page(lea: User, policy: Checkpoint) -> None:
    _, key = ApiToken.issue(lea, "a script")
    strict = AsyncClient(enforce_csrf_checks=True)
    assert post(strict, policy.pk, HELLO, {"Authorization": f"Bearer {key}"})[0] == 200


def test_a_session_must_come_from_one_of_our_pages(lea: User, policy: Checkpoint) -> None:
    strict = AsyncClient(enforce_csrf_checks=True)
    strict.force_login(lea)
    assert post(strict, policy.pk, HELLO)[0] == 401


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        {},
        {"messages": []},
        {"messages": [{"role": "user"}]},
        HELLO | {"max_tokens": 10**9},
        HELLO | {"temperature": -1},
        HELLO | {"unknown": 1},
    ],
)
def test_nonsense_is_named(lea: User, policy: Checkpoint, body: Any) -> None:
    status, text = post(signed_in(lea), policy.pk, body)
    assert status == 400 and json.loads(text)["detail"]


def test_only_a_policy_answers_and_only_a_reward_model_scores(
    lea: User, policy: Checkpoint, make_checkpoint: Any
) -> None:
    rater = make_checkpoint("rater", "reward")
    assert post(signed_in(lea), rater.pk, HELLO)[0] == 404
    assert post(signed_in(lea), policy.pk, HELLO | {"score_with": policy.pk})[0] == 404
    assert post(signed_in(lea), 0, HELLO)[0] == 404


@async_to_sync
async def got(client: AsyncClient, pk: int) -> int:
    return (await client.get(f"/api/v1/checkpoints/{pk}/chat/")).status_code


def test_looking_is_not_asking(lea: User, policy: Checkpoint) -> None:
    assert got(signed_in(lea), policy.pk) == 405
