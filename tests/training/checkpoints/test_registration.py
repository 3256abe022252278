"""A folder of weights is looked at before it becomes a checkpoint."""

import json
from pathlib import Path

import pytest

from training.checkpoints.registration import folder_faults, parameters


def safetensors(**shapes: list[int]) -> bytes:
    """A file of zeros in fp32."""
    header, at = {}, 0
    for name, shape in shapes.items():
        size = 4
        for length in shape:
            size *= length
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}
        at += size
    told = json.dumps(header).encode()
    return len(told).to_bytes(8, "little") + told + bytes(at)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(safetensors(head=[3, 4], norm=[5]))
    return tmp_path


def test_a_whole_folder_is_taken_and_its_size_counted(folder: Path) -> None:
    assert folder_faults(str(folder), "policy") == []
    assert parameters(folder) == 17


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"pickle")
    config, pickles, tokenizer = folder_faults(str(tmp_path), "policy")
    assert "no config.json" in config and "A pickle can run code" in pickles and "no tokenizer" in tokenizer


@pytest.mark.parametrize("kept", [3, 20, -1])
def test_a_file_that_is_cut_short_is_refused(folder: Path, kept: int) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:kept])
    assert "model.safetensors is no whole file" in folder_faults(str(folder), "policy")[0]


def test_a_missing_part_is_named(folder: Path) -> None:
    index = {"weight_map": {"head": "model.safetensors", "norm": "model-2.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    assert "names model-2.safetensors, which the folder does not hold" in folder_faults(str(folder), "policy")[0]


def test_a_policy_is_no_reward_model(folder: Path) -> None:
    assert "a reward checkpoint is a …ForSequenceClassification" in folder_faults(str(folder), "reward")[0]


def test_a_policy_may_see_pictures_too_and_what_translates_is_none(folder: Path) -> None:
    seeing = {"architectures": ["Gemma3ForConditionalGeneration"], "text_config": {}}
    (folder / "config.json").write_text(json.dumps(seeing))
    assert folder_faults(str(folder), "policy") == []
    assert "a reward checkpoint is a …ForSequenceClassification" in folder_faults(str(folder), "reward")[0]
    (folder / "config.json").write_text('{"architectures": ["T5ForConditionalGeneration"]}')
    assert "a policy checkpoint is a …ForCausalLM" in folder_faults(str(folder), "policy")[0]


@pytest.mark.parametrize(
    ("path", "says"), [("models/mine", "not an absolute path"), ("/no/such", "There is no folder")]
)
def test_a_folder_that_is_not_there_is_said(path: str, says: str) -> None:
    assert says in folder_faults(path, "policy")[0]


@pytest.mark.parametrize("broken", ["[", "[]", '{"weight_map": []}', "7"])
def test_an_index_that_cannot_be_read_is_said(folder: Path, broken: str) -> None:
    (folder / "model.safetensors.index.json").write_text(broken)
    assert "Copy the file again" in folder_faults(str(folder), "policy")[0]


def test_a_path_that_no_file_can_have_is_said() -> None:
    assert "File name too long. Correct the path" in folder_faults("/" + "x" * 300, "policy")[0]


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_file_that_cannot_be_read_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    (folder / name).symlink_to(folder / name)
    (fault,) = folder_faults(str(folder), "policy")
    assert f"{folder / name} cannot be read: Too many levels of symbolic links" in fault
