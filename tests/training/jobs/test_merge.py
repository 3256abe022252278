"""Merged weights against numpy, and what cannot be merged."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from tests.training.jobs.conftest import Run
from tests.training.jobs.test_sft import weights
from training.jobs.weight_files import TensorShape, shapes_in, write


def sibling(base: str, path: Path, seed: int) -> str:
    """The same checkpoint with other weights."""
    shutil.copytree(base, path)
    torch.manual_seed(seed)
    save_file(
        {name: weight + torch.randn_like(weight) for name, weight in weights(base).items()},
        path / "model.safetensors",
        metadata={"format": "pt"},
    )
    return str(path)


@pytest.fixture
def siblings(base: str, tmp_path: Path) -> list[str]:
    return [sibling(base, tmp_path / f"sibling-{seed}", seed) for seed in (1, 2)]


def arrays(folder: Any) -> dict[str, Any]:
    return {name: weight.double().numpy() for name, weight in weights(folder).items()}


def test_the_mean_is_numpys_by_the_weights(do: Run, base: str, siblings: list[str]) -> None:
    run, result = do("merge", base=base, others=siblings, weights=[2.0, 1.0, 1.0])
    assert result.state == "succeeded" and result.counts == {"tensors": len(weights(base))}
    first, *others = (arrays(folder) for folder in (base, *siblings))
    for name, found in arrays(run.output).items():
        expected = 0.5 * first[name] + 0.25 * others[0][name] + 0.25 * others[1][name]
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_an_arc_is_numpys_and_ends_at_both(do: Run, base: str, siblings: list[str]) -> None:
    run, _ = do("merge", base=siblings[0], others=siblings[1:], way="slerp", share=0.3)
    one, other = arrays(siblings[0]), arrays(siblings[1])
    for name, found in arrays(run.output).items():
        a, b = one[name].ravel(), other[name].ravel()
        angle = np.arccos(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
        expected = (np.sin(0.7 * angle) * a + np.sin(0.3 * angle) * b) / np.sin(angle)
        np.testing.assert_allclose(found.ravel(), expected, atol=2e-5)
    for share, end in ((0.0, siblings[0]), (1.0, siblings[1])):
        run, _ = do("merge", None, f"end-{share}", base=siblings[0], others=siblings[1:], way="slerp", share=share)
        for name, found in arrays(run.output).items():
            np.testing.assert_allclose(found, arrays(end)[name], atol=1e-5)


def test_what_comes_of_it_is_a_checkpoint_like_the_base(do: Run, base: str, siblings: list[str]) -> None:
    run, result = do("merge", base=base, others=siblings[:1])
    model = AutoModelForCausalLM.from_pretrained(run.output)
    assert result.figures["parameters"] == sum(weight.numel() for weight in model.parameters())
    left_out = {"model.safetensors"}
    names = {path.name for path in Path(base).iterdir()} - left_out
    assert all((run.output / name).read_bytes() == (Path(base) / name).read_bytes() for name in names)


def test_shards_and_half_precision_stay_as_the_base_has_them(do: Run, base: str, tmp_path: Path) -> None:
    sharded = tmp_path / "sharded"
    shutil.copytree(base, sharded)
    AutoModelForCausalLM.from_pretrained(base, dtype=torch.bfloat16).save_pretrained(sharded, max_shard_size="8KB")
    (sharded / "model.safetensors").unlink()
    run, result = do("merge", base=str(sharded), others=[base])
    assert result.state == "succeeded", result.error
    files = sorted(path.name for path in sharded.glob("*.safetensors"))
    assert len(files) > 1 and files == sorted(path.name for path in run.output.glob("*.safetensors"))
    for name in files:
        found, first = load_file(run.output / name), load_file(sharded / name)
        assert all(found[tensor].dtype == torch.bfloat16 for tensor in found)
        assert all(torch.allclose(found[tensor], first[tensor], atol=1e-2) for tensor in found)


def test_what_does_not_fit_is_named(do: Run, base: str, tmp_path: Path, siblings: list[str]) -> None:
    _, alone = do("merge", None, "alone", base=base)
    assert "others: is empty" in alone.error
    config = json.loads((Path(siblings[0]) / "config.json").read_text())
    (Path(siblings[0]) / "config.json").write_text(json.dumps(config | {"architectures": ["MistralForCausalLM"]}))
    _, kind = do("merge", None, "kind", base=base, others=siblings[:1])
    assert "number 1 is a MistralForCausalLM and the base a LlamaForCausalLM" in kind.error
    tokenizer = Path(siblings[1]) / "tokenizer.json"
    tokenizer.write_text(tokenizer.read_text().replace('"Ġthe"', '"Ġtha"').replace('"the"', '"tha"'))
    told = json.loads(tokenizer.read_text())
    told["model"]["vocab"] = {(name + "x" if id == 280 else name): id for name, id in told["model"]["vocab"].items()}
    told["model"]["merges"] = []
    tokenizer.write_text(json.dumps(told))
    _, words = do("merge", None, "words", base=base, others=siblings[1:])
    assert "number 1 has another vocabulary" in words.error
    save_file({"odd": torch.zeros(2)}, tmp_path / "sibling-2" / "model.safetensors")
    _, names = do("merge", None, "names", base=base, others=siblings[1:])
    assert "number 1" in names.error and "merge checkpoints of one architecture" in names.error
    (Path(siblings[0]) / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base}))
    _, adapter = do("merge", None, "adapter", base=base, others=siblings[:1])
    assert "number 1 is a kept adapter" in adapter.error
    _, many = do("merge", None, "many", base=base, others=[base, base], way="slerp")
    assert "slerp takes one besides the base, and there are 2" in many.error


def test_a_file_is_not_there_before_it_is_whole(tmp_path: Path) -> None:
    shapes = {"a": TensorShape("BF16", (2, 3)), "b": TensorShape("I8", (5,))}
    tensors = {"a": torch.arange(6).reshape(2, 3).bfloat16(), "b": torch.arange(5, dtype=torch.int8)}
    with pytest.raises(ValueError, match="is shorter"):
        write(tmp_path / "cut.safetensors", shapes, iter([tensors["a"]]))
    assert not (tmp_path / "cut.safetensors").exists()
    write(tmp_path / "whole.safetensors", shapes, iter(tensors.values()))
    assert shapes_in(tmp_path / "whole.safetensors") == shapes
    found = load_file(tmp_path / "whole.safetensors")
    assert all(torch.equal(found[name], tensor) for name, tensor in tensors.items())
