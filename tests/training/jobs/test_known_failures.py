"""What libraries say when they fail is made words, with what to do: each error here is the library's own."""

import json
import resource
import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from training import specs
from training.known_failures import explain
from training.specs import Spec

SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
OUT_OF_MEMORY = """Traceback (most recent call last):
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB of
which 1.19 GiB is free. Including non-PyTorch memory, this process has 77.90 GiB memory in use."""
SFT = {"data": {}, "gpus": 8, "micro_batch_size": 1, "batch_size": 8}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "ok"
    LlamaForCausalLM(LlamaConfig(vocab_size=64, **SMALL)).save_pretrained(folder)
    return folder


@pytest.fixture
def broken(model: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy with some of its configuration changed, or with other bytes as its weights."""

    def broken(weights: Callable[[bytes], bytes] | None = None, **config: Any) -> Path:
        folder = Path(shutil.copytree(model, tmp_path / "broken"))
        file = folder / "config.json"
        file.write_text(json.dumps(json.loads(file.read_text()) | config))
        if weights:
            (folder / "model.safetensors").write_bytes(weights((folder / "model.safetensors").read_bytes()))
        return folder

    return broken


def load(folder: Path) -> None:
    AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, trust_remote_code=False)


def printed(act: Callable[[], object]) -> str:
    """What a program would leave in its log."""
    with pytest.raises(Exception) as raised:
        act()
    return "".join(traceback.format_exception(raised.value))


def spec(kind: str = "sft", **fields: Any) -> Spec:
    return specs.parse(kind, fields)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """As on a disk that is full: the kernel refuses what is longer."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("cut", [lambda found: found[: len(found) // 2], lambda _: b"", lambda found: b"\xff" * 99])
def test_weights_that_are_cut_or_changed(broken: Callable[..., Path], cut: Callable[[bytes], bytes]) -> None:
    folder = broken(cut)
    says = explain(printed(lambda: load(folder)), spec())
    assert says.startswith("The weights of a checkpoint cannot be read") and "Copy the checkpoint anew" in says


def test_weights_of_another_shape_than_the_configuration_says(broken: Callable[..., Path]) -> None:
    folder = broken(hidden_size=32)
    assert "other shapes than its config.json says" in explain(printed(lambda: load(folder)), spec())


def test_a_folder_without_weights(broken: Callable[..., Path]) -> None:
    folder = broken()
    (folder / "model.safetensors").unlink()
    assert "has no weights (model.safetensors)" in explain(printed(lambda: load(folder)), spec())


def test_an_architecture_that_nobody_knows(broken: Callable[..., Path]) -> None:
    folder = broken(model_type="frobnicate")
    says = explain(printed(lambda: load(folder)), spec())
    assert "architecture frobnicate, which the installed transformers does not know" in says


def test_a_model_that_does_not_write(broken: Callable[..., Path]) -> None:
    folder = broken(model_type="clip")
    assert "is a CLIP model, which does not write text" in explain(printed(lambda: load(folder)), spec())


def test_code_that_nobody_allowed(broken: Callable[..., Path]) -> None:
    folder = broken(model_type="mine", auto_map={"AutoConfig": "conf.C", "AutoModelForCausalLM": "mod.M"})
    assert "An admin reads them and allows them" in explain(printed(lambda: load(folder)), spec())


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    weights = {"a": torch.zeros(100_000)}
    with files_of_at_most(10_000):
        texts = [
            printed(lambda: save_file(weights, tmp_path / "a.safetensors")),
            printed(lambda: torch.save(weights, tmp_path / "a.pt")),
            printed(lambda: (tmp_path / "a").write_bytes(bytes(20_000))),
        ]
    assert ["disk of the runs is full" in explain(text, spec()) for text in texts] == [True] * 3


def test_a_machine_whose_memory_ran_out() -> None:
    for act in (lambda: torch.zeros(10**15), lambda: bytearray(10**17)):
        says = explain(printed(act), spec(gpus=0, precision="fp32"))
        assert says.startswith("The memory of the machine ran out. The run has no GPU") and "micro_batch_size" in says


@pytest.mark.parametrize(
    ("kind", "chosen", "remedy"),
    [
        ("sft", {"gpus": 8, "batch_size": 128}, "Lower micro_batch_size from 4 to 2: the batch of 128 stays the same"),
        ("sft", SFT | {"gradient_checkpointing": False}, "Turn gradient_checkpointing on"),
        ("sft", SFT, "Set sharding to zero3"),
        ("sft", SFT | {"sharding": "zero3"}, "Train an adapter (lora_rank 16)"),
        ("sft", SFT | {"sharding": "zero3", "lora_rank": 8, "max_length": 4096}, "Lower max_length from 4096 to 2048"),
        ("sft", SFT | {"sharding": "zero3", "lora_rank": 8, "max_length": 512}, "Use more GPUs with sharding zero3"),
        ("sample", {"batch_size": 64}, "Lower batch_size from 64 to 32."),
        ("score", {"batch_tokens": 16384}, "Lower batch_tokens from 16384 to 8192."),
        ("lm_eval", {"tasks": ["arc"]}, "more memory"),
    ],
)
def test_a_gpu_whose_memory_ran_out_says_which_setting_to_lower_and_by_how_much(
    kind: str, chosen: dict[str, Any], remedy: str
) -> None:
    says = explain(OUT_OF_MEMORY, spec(kind, **chosen))
    assert says.startswith("The memory of a GPU ran out when 2.00 GiB more was asked for.")
    assert remedy in says


def test_an_engine_without_room_for_answers() -> None:
    text = "ValueError: No available memory for the cache blocks. Try increasing `gpu_memory_utilization` when"
    assert "raise gpu_memory from 0.9" in explain(text, spec("sample"))


def test_what_nobody_knows_is_left_as_it_is() -> None:
    assert explain("KeyError: 'response'", spec()) == ""
