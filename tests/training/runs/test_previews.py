"""What is asked of the model server before a run, and what is refused without it."""

from typing import Any

import httpx2
import msgspec
import pytest
from asgiref.sync import async_to_sync

from annotation.models import Version
from tests.annotation.making import prompt
from tests.frontend.machines import checkpoint, version
from training.checkpoints import model_server
from training.checkpoints.model_server import ModelServerError
from training.runs import previews
from training.runs.forms import FormInvalid
from training.token_previews import PreviewRequest, TokenPreview

pytestmark = pytest.mark.django_db


@pytest.fixture
def data() -> Version:
    return version([prompt("One?"), prompt("Two?")], "demonstrations", "shown")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[PreviewRequest]:
    """What the server was asked; it answers with the number of records."""
    asked: list[PreviewRequest] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(msgspec.json.decode(request.content, type=PreviewRequest))
        found = TokenPreview(counts={"rows": len(asked[-1].records)})
        return httpx2.Response(200, content=msgspec.json.encode(found))

    put(monkeypatch, answer)
    return asked


def put(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    client = lambda: httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url="http://models")  # noqa: E731
    monkeypatch.setattr(model_server, "connect_to_ours", client)


def test_the_first_rows_and_all_settings_are_sent(data: Version, sent: list[PreviewRequest], settings: Any) -> None:
    settings.MODELS_URL = "http://elsewhere"
    found = previews.preview("sft", {"template": "own", "max_length": 64}, checkpoint(), {"train": data})
    [asked] = sent
    assert (asked.base, asked.kind, len(asked.records)) == ("/models/tiny", "sft", 2)
    assert (asked.settings["template"], asked.settings["max_length"]) == ("own", 64)
    assert found.counts == {"rows": 2}


def test_a_preview_shows_rows_of_every_dataset_of_a_mixture(data: Version, sent: list[PreviewRequest]) -> None:
    other = version([prompt("Three?")], "demonstrations", "other")
    previews.preview("sft", {"template": "own"}, checkpoint(), {"train": data, "train_2": other})
    asked = [record["prompt"][0]["content"] for record in sent[0].records]
    assert asked == ["One?", "Three?", "Two?"]


def test_no_more_is_sent_than_a_server_reads_at_once(
    data: Version, sent: list[PreviewRequest], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "ROWS", 1)
    previews.preview("sft", {"template": "own"}, checkpoint(), {"train": data})
    monkeypatch.setattr(previews, "BYTES", 3)
    previews.preview("sft", {"template": "own"}, checkpoint("other"), {"train": data})
    assert [len(asked.records) for asked in sent] == [1, 0]


def test_what_cannot_be_launched_is_not_shown(data: Version, sent: list[PreviewRequest]) -> None:
    for kind, settings, inputs, field in (
        ("sample", {}, {"prompts": data}, "kind"),
        ("sft", {"max_length": 3}, {"train": data}, "max_length"),
        ("sft", {}, {}, "inputs.train"),
    ):
        with pytest.raises(FormInvalid) as refused:
            previews.preview(kind, settings, checkpoint(f"for {field}"), inputs)
        assert field in refused.value.errors
    assert sent == []


def test_what_a_tokenizer_refuses_stands_at_its_field(data: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = msgspec.json.encode(TokenPreview(refused=("template", "it asks otherwise")))
    put(monkeypatch, lambda request: httpx2.Response(200, content=refused))
    with pytest.raises(FormInvalid, match="template: it asks otherwise"):
        previews.preview("sft", {"template": "own"}, checkpoint(), {"train": data})


def test_a_refusal_names_no_folder_of_another_project(data: Version, monkeypatch: pytest.MonkeyPatch) -> None:
    says = {"error": {"message": "no such file: /models/tiny/tokenizer.json"}}
    put(monkeypatch, lambda request: httpx2.Response(400, json=says))
    shared = checkpoint("lent")
    shared.shared_by = "Theirs"
    with pytest.raises(ModelServerError, match="no such file: lent/tokenizer.json"):
        async_to_sync(model_server.preview)(shared, "sft", {}, [])
