"""A folder of weights becomes a checkpoint from a shell."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.training.checkpoints.test_registration import safetensors
from training.models import Checkpoint

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(safetensors(head=[3, 4], norm=[5]))
    return tmp_path


def test_it_is_registered_with_its_template_and_its_size(folder: Path) -> None:
    said = StringIO()
    call_command("register_checkpoint", "llama-2-7b", str(folder), template="vicuna", stdout=said)
    made = Checkpoint.objects.get(name="llama-2-7b")
    assert (made.kind, made.path, made.template, made.parameters) == ("policy", str(folder), "vicuna", 17)
    assert said.getvalue() == f"Checkpoint {made.pk}: llama-2-7b, 17 parameters.\n"


def test_what_is_wrong_is_said_and_nothing_is_registered(folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder /no/such"):
        call_command("register_checkpoint", "mine", "/no/such")
    call_command("register_checkpoint", "mine", str(folder), stdout=StringIO())
    with pytest.raises(CommandError, match="A checkpoint with this name already exists"):
        call_command("register_checkpoint", "mine", str(folder))
    assert Checkpoint.objects.count() == 1
