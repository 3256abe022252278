"""The tokens that a trainer would learn, shown beside its form."""

from collections.abc import Callable
from typing import Any
from unittest.mock import AsyncMock

import pytest
from django.test import Client

from annotation.models import Version
from studio.accounts.models import User
from tests.frontend.machines import checkpoint
from training.checkpoints import model_server
from training.token_previews import LeftOut, ShownConversation, ShownRow, ShownToken, TokenPreview

SignIn = Callable[[User], Client]


def preview(client: Client, kind: str, **given: Any) -> str:
    return client.post(f"/runs/new/{kind}/preview/", given).content.decode()


def test_tokens_are_shown_as_the_text_that_they_are(
    engineer: Client, pairs: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = [ShownToken("<script>\n", "masked", False), ShownToken("</s>", "learnt", True)]
    shown = ShownConversation(name="chosen", head=tokens, omitted=1200, tail=tokens[1:], learnt=1, cut=0, length=1203)
    lost = LeftOut("pair 7", "template", "<b>refused</b>")
    counts = {"rows": 1, "dropped_template": 1, "escaped": 1}
    found = TokenPreview(rows=[ShownRow("pair 3", [shown])], left_out=[lost], counts=counts)
    monkeypatch.setattr(model_server, "preview", AsyncMock(return_value=found))
    html = preview(engineer, "dpo", checkpoint=checkpoint("base").pk, input_train=pairs.pk)
    assert '<span class="masked">&lt;script&gt;↵\n</span><span class="learnt control">&lt;/s&gt;</span>' in html
    assert "pair 7: &lt;b&gt;refused&lt;/b&gt;" in html and "1,200 tokens" in html
    assert "Of the first 2 rows 1 is used; 1 is left out. 1 conversation would name a control token" in html


def test_a_preview_says_what_is_missing_and_what_is_refused(engineer: Client, pairs: Version) -> None:
    assert "Checkpoint: choose one." in preview(engineer, "sft") and "Dataset: choose one." in preview(engineer, "sft")
    html = preview(engineer, "dpo", checkpoint=checkpoint("base").pk, input_train=pairs.pk, max_length="3")
    assert "Max length: 3 is not at least 8" in html


def test_only_who_may_launch_a_training_run_sees_its_tokens(engineer: Client, signed_in: SignIn, lea: User) -> None:
    for kind, status in (("sample", 404), ("nothing", 404), ("sft", 200)):
        assert engineer.post(f"/runs/new/{kind}/preview/").status_code == status
    assert engineer.get("/runs/new/sft/preview/").status_code == 405
    assert signed_in(lea).post("/runs/new/sft/preview/").status_code == 403


def test_the_form_of_a_trainer_offers_a_preview_and_no_other(engineer: Client) -> None:
    assert "/runs/new/reward/preview/" in engineer.get("/runs/new/reward/").content.decode()
    assert "preview/" not in engineer.get("/runs/new/sample/").content.decode()
