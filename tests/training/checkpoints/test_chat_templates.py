"""Whether a checkpoint has a chat template of its own, and when another may take its place."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from training.checkpoints.chat_templates import OWN, fault, has_own
from training.models import Checkpoint, Run

Make = Callable[..., Checkpoint]
MakeRun = Callable[..., Run]


@pytest.fixture
def checkpoint(make_checkpoint: Make, tmp_path: Path) -> Checkpoint:
    made = make_checkpoint()
    made.path = str(tmp_path)
    return made


def tokenizer(checkpoint: Checkpoint, content: str) -> None:
    (Path(checkpoint.path) / "tokenizer_config.json").write_text(content)


def test_a_template_is_a_file_or_a_line_of_the_tokenizer(checkpoint: Checkpoint) -> None:
    assert not has_own(checkpoint)
    tokenizer(checkpoint, json.dumps({"chat_template": "{{ messages }}"}))
    assert has_own(checkpoint)
    tokenizer(checkpoint, "{}")
    assert not has_own(checkpoint)
    (Path(checkpoint.path) / "chat_template.jinja").write_text("{{ messages }}")
    assert has_own(checkpoint)


@pytest.mark.parametrize("content", ["no json", "[]", '{"chat_template": ""}'])
def test_a_tokenizer_that_says_nothing_has_none(checkpoint: Checkpoint, content: str) -> None:
    tokenizer(checkpoint, content)
    assert not has_own(checkpoint)


def test_of_a_folder_on_another_machine_its_run_is_believed(checkpoint: Checkpoint, make_run: MakeRun) -> None:
    checkpoint.path = "/on/another/machine"
    assert not has_own(checkpoint)
    checkpoint.run = make_run()
    assert has_own(checkpoint)


def test_another_template_is_refused_with_both_remedies_unless_it_is_asked_for(checkpoint: Checkpoint) -> None:
    tokenizer(checkpoint, json.dumps({"chat_template": "{{ messages }}"}))
    says = fault("vicuna", False, checkpoint)
    assert "Choose own" in says and "replace_template" in says
    assert fault(OWN, False, checkpoint) == fault("vicuna", True, checkpoint) == ""


def test_without_a_template_of_its_own_any_may_be_chosen(checkpoint: Checkpoint) -> None:
    assert fault("vicuna", False, checkpoint) == ""


def test_the_template_that_its_run_was_trained_in_may_stay(checkpoint: Checkpoint, make_run: MakeRun) -> None:
    tokenizer(checkpoint, json.dumps({"chat_template": "{{ messages }}"}))
    checkpoint.run, checkpoint.template = make_run(), "vicuna"
    assert fault("vicuna", False, checkpoint) == ""
    assert fault("chatml", False, checkpoint)
