"""Loading and saving weights: safetensors only."""

from collections.abc import Iterator
from math import prod
from pathlib import Path
from typing import Any

import msgspec
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification

from training.jobs.end_tokens import end_tokens
from training.specs import TYPES, Spec, Training


def load_policy(directory: Path, spec: Spec, tokenizer: Any) -> Any:
    model = AutoModelForCausalLM.from_pretrained(directory, **loading(spec))
    fit_to(model, tokenizer)
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
    model = AutoModelForCausalLM.from_pretrained(directory, **loading(spec) | {"dtype": frozen_type(spec)})
    fit_to(model, tokenizer)
    return model


def load_reward_model(directory: Path, spec: Spec, tokenizer: Any) -> Any:
    """From a policy, its head is new and drawn from the seed."""
    torch.manual_seed(spec.seed)
    model = AutoModelForSequenceClassification.from_pretrained(directory, num_labels=1, **loading(spec))
    fit_to(model, tokenizer)
    return model


def loading(spec: Spec) -> dict[str, Any]:
    return {"use_safetensors": True, "trust_remote_code": spec.trust_remote_code, "dtype": storage_type(spec)}


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


def count_parameters(folder: Path) -> int:
    """Weights in a folder of safetensors, as their headers say: of tied ones one, none of an adapter, no shards."""
    return sum(prod(shape) for path in folder.glob("*.safetensors") for shape in shapes(path))


def shapes(path: Path) -> Iterator[list[int]]:
    """Of each tensor. The file begins with the length of its header in eight bytes, little-endian."""
    with path.open("rb") as file:
        header = msgspec.json.decode(file.read(int.from_bytes(file.read(8), "little")))
    yield from (tensor["shape"] for name, tensor in header.items() if name != "__metadata__")


def device(spec: Spec) -> torch.device:
    return torch.device("cuda" if spec.gpus else "cpu")


def set_threads(spec: Spec) -> None:
    if spec.threads:
        torch.set_num_threads(spec.threads)
