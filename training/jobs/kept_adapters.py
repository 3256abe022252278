"""Checkpoints that are an adapter beside the base that it was trained on: written so, loaded as one model.

Their folder has `adapter_config.json`, which names the base by a path from there, so that all runs can be moved
together; a base may be such a checkpoint itself.
"""

import os
from pathlib import Path
from typing import Any

import msgspec

from training.specs import Sample, Score, Spec, SpecError, Training

CONFIG = "adapter_config.json"
BASE = "base_model_name_or_path"
# What vLLM loads of an adapter while it runs.
LOADED_AT_RUN_TIME = (".lora_A.weight", ".lora_B.weight")
# The ranks that vLLM makes room for.
RANKS = (8, 16, 32, 64, 128, 256, 320, 512)


def keep(model: Any, base: Path, output: Path) -> None:
    """Make a checkpoint of `output`, where an adapter was saved. `model` is what was trained, adapter and all."""
    path = output / CONFIG
    written = msgspec.json.decode(path.read_bytes()) | {BASE: os.path.relpath(base.resolve(), output.resolve())}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(written)))
    model.config.save_pretrained(output)
    if model.can_generate():
        model.generation_config.save_pretrained(output)


def base_of(folder: Path) -> Path | None:
    """None where the folder holds whole weights. Raises SpecError where the base is gone."""
    path = folder / CONFIG
    if not path.is_file():
        return None
    found = (folder / str(msgspec.json.decode(path.read_bytes())[BASE])).resolve()
    if not (found / "config.json").is_file():
        raise SpecError("base", f"is an adapter of {found}, which is no checkpoint any more; copy it back")
    return found


def root_of(folder: Path) -> Path:
    """The whole weights below all adapters."""
    base = base_of(folder)
    return root_of(base) if base else folder


def merged(model: Any, adapter: Path) -> Any:
    """A plain model: what the adapter learnt is added to the weights of its base."""
    from peft import PeftModel

    return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def refuse_unmergeable(spec: Spec, folder: Path) -> None:
    """Before anything is loaded. Raises SpecError."""
    if not isinstance(spec, Training) or not base_of(folder):
        return
    fault = "the base is a kept adapter, which is merged as it is loaded; "
    if spec.sharding == "zero3":
        raise SpecError("sharding", f"{fault}zero3 has only parts of its weights then. Use zero2, or fsdp")
    if spec.quantize != "none":
        raise SpecError("quantize", f"{fault}quantised weights cannot take it up. Use none, or a base that was merged")


def at_run_time(spec: Sample | Score, folder: Path) -> dict[str, Any]:
    """What vLLM is told so that it loads the base and this adapter beside it; nothing for whole weights.

    Raises SpecError where it cannot.
    """
    base = base_of(folder)
    if base is None:
        return {}
    if fault := hindrance(folder, base):
        raise SpecError("engine", f"vllm cannot load this adapter beside its base: {fault}; use transformers")
    rank = int(msgspec.json.decode((folder / CONFIG).read_bytes())["r"])
    return {"enable_lora": True, "max_loras": 1, "max_lora_rank": next(room for room in RANKS if room >= rank)}


def hindrance(folder: Path, base: Path) -> str:
    """Why vLLM cannot; empty where it can."""
    if base_of(base):
        return "the base is an adapter too"
    names = tensors(folder / "adapter_model.safetensors")
    others = (name for name in names if not name.endswith(LOADED_AT_RUN_TIME))
    other = min(others, default="")
    return f"it holds more than LoRA's two matrices, such as {other}" if other else ""


def tensors(path: Path) -> list[str]:
    """Names in a file of safetensors, which begins with the length of its header in eight bytes, little-endian."""
    with path.open("rb") as file:
        header = msgspec.json.decode(file.read(int.from_bytes(file.read(8), "little")))
    return [name for name in header if name != "__metadata__"]
