"""Loading and saving weights: safetensors only."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib import import_module
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer, BitsAndBytesConfig

from training.jobs.end_tokens import end_tokens
from training.jobs.kept_adapters import base_of, merged, refuse_unmergeable
from training.specs import TYPES, Spec, SpecError, Training

ALL_BITS = ContextVar("all_bits", default=False)


def load_policy(directory: Path, spec: Spec, tokenizer: Any, **otherwise: Any) -> Any:
    """`otherwise` is for `from_pretrained`, such as a config that is not the checkpoint's own."""
    model = loaded(AutoModelForCausalLM, directory, spec, tokenizer, loading(spec) | otherwise)
    generation = model.generation_config
    generation.pad_token_id = tokenizer.pad_token_id
    generation.eos_token_id = list(end_tokens(directory, tokenizer, spec.trust_remote_code))
    try:
        generation.validate(strict=True)
    except ValueError:
        # Vicuna's and others' name a temperature without saying that they sample. transformers reads that and does
        # not save it, which would be after all training.
        generation.do_sample = True
    return model


def load_reference(directory: Path, spec: Spec, tokenizer: Any) -> Any:
    """A policy that is only asked, so that half the memory will do."""
    with in_all_bits():
        options = loading(spec) | {"dtype": frozen_type(spec)}
    return loaded(AutoModelForCausalLM, directory, spec, tokenizer, options)


def load_reward_model(directory: Path, spec: Spec, tokenizer: Any) -> Any:
    """From a policy, its head is new and drawn from the seed."""
    torch.manual_seed(spec.seed)
    options = {"num_labels": 1} | loading(spec)
    return loaded(AutoModelForSequenceClassification, directory, spec, tokenizer, options)


def loaded(loader: Any, directory: Path, spec: Spec, tokenizer: Any, options: dict[str, Any]) -> Any:
    """One plain model with room for the tokenizer's tokens, also of an adapter that was kept. Raises SpecError."""
    refuse_unmergeable(spec, directory)
    try:
        model = whole(loader, directory, tokenizer, options)
    except (ValueError, ImportError) as error:
        if not isinstance(spec, Training) or spec.attention == "auto":
            raise
        raise SpecError("attention", f"this model cannot be loaded with {spec.attention}: {error}") from error
    if isinstance(spec, Training) and spec.liger:
        refuse_without_kernels(model.config.model_type)
    return model


def refuse_without_kernels(architecture: str) -> None:
    """Liger leaves an architecture that it does not know as it is, and says so in a log. Raises SpecError."""
    known = import_module("liger_kernel.transformers.monkey_patch").MODEL_TYPE_TO_APPLY_LIGER_FN
    if architecture not in known:
        raise SpecError("liger", f"has no kernels for {architecture}; leave it off")


def whole(loader: Any, directory: Path, tokenizer: Any, options: dict[str, Any]) -> Any:
    base = base_of(directory)
    # An adapter's rows are as many as its tokenizer has tokens, which `tokenizer` may have more of by now.
    its_own = tokenizer if base is None else AutoTokenizer.from_pretrained(directory)
    model = whole(loader, base, its_own, options) if base else loader.from_pretrained(directory, **options)
    if base:
        model = merged(model, directory)
    fit_to(model, tokenizer)
    return model


def loading(spec: Spec) -> dict[str, Any]:
    plain = {"use_safetensors": True, "trust_remote_code": spec.trust_remote_code, "dtype": storage_type(spec)}
    return plain | (quantised(spec) | attention(spec) if isinstance(spec, Training) else {})


def attention(spec: Training) -> dict[str, str]:
    return {} if spec.attention == "auto" else {"attn_implementation": spec.attention}


def quantised(spec: Training) -> dict[str, Any]:
    """Dettmers et al. 2023, QLoRA: four bits of a normal distribution (NF4), with quantised constants."""
    if spec.quantize == "none" or ALL_BITS.get():
        return {}
    # Heads stay as they are: a new one of a reward model is trained whole.
    heads = ["lm_head", "score"]
    bits = {
        "8bit": {"load_in_8bit": True},
        "4bit": {
            "load_in_4bit": True,
            "bnb_4bit_quant_type": "nf4",
            "bnb_4bit_use_double_quant": True,
            "bnb_4bit_compute_dtype": frozen_type(spec),
        },
    }
    place = int(os.environ.get("LOCAL_RANK", "0")) if spec.gpus else "cpu"
    config = BitsAndBytesConfig(**bits[spec.quantize], llm_int8_skip_modules=heads)
    return {"quantization_config": config, "device_map": {"": place}}


@contextmanager
def in_all_bits() -> Iterator[None]:
    """What is loaded within is not quantised, whatever the spec says of training."""
    before = ALL_BITS.set(True)
    try:
        yield
    finally:
        ALL_BITS.reset(before)


def storage_type(spec: Spec) -> torch.dtype:
    """Weights that are trained whole are kept in fp32, under autocast; DeepSpeed keeps such copies itself."""
    by_itself = isinstance(spec, Training) and not spec.lora_rank and not spec.uses_deepspeed
    return torch.float32 if by_itself else frozen_type(spec)


def frozen_type(spec: Spec) -> torch.dtype:
    found: torch.dtype = getattr(torch, TYPES[spec.precision])
    return found


def fit_to(model: Any, tokenizer: Any) -> None:
    """Room for tokens that the tokenizer gained; a new row begins as the mean of the others."""
    if len(tokenizer) > model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(len(tokenizer), mean_resizing=True)
    config = model.config.get_text_config()
    config.pad_token_id = tokenizer.pad_token_id
    config.eos_token_id = tokenizer.eos_token_id


def weights_in(folder: Path) -> set[str]:
    """The names of the weights in a folder of safetensors."""
    return {name for path in folder.glob("*.safetensors") for name in header(path)}


def count_parameters(folder: Path) -> int:
    """Weights in a folder of safetensors, as their headers say: of tied ones one, none of an adapter, no shards."""
    return sum(prod(shape) for path in folder.glob("*.safetensors") for shape in shapes(path))


def shapes(path: Path) -> Iterator[list[int]]:
    """Of each tensor."""
    return (tensor["shape"] for tensor in header(path).values())


def header(path: Path) -> dict[str, Any]:
    """What a file of safetensors says of its tensors. It begins with its length in eight bytes, little-endian."""
    with path.open("rb") as file:
        found = msgspec.json.decode(file.read(int.from_bytes(file.read(8), "little")))
    return {name: tensor for name, tensor in found.items() if name != "__metadata__"}


def device(spec: Spec) -> torch.device:
    return torch.device("cuda" if spec.gpus else "cpu")


def set_threads(spec: Spec) -> None:
    if spec.threads:
        torch.set_num_threads(spec.threads)
