"""Longer context: rotary positions scaled in the config, which goes with the checkpoint to whatever runs it."""

from pathlib import Path
from typing import Any

from transformers import AutoConfig

from training.jobs.kept_adapters import root_of
from training.specs import Sft, SpecError

# Llama 3.1's own, arXiv 2407.21783 and its published config.
LLAMA3 = {"low_freq_factor": 1.0, "high_freq_factor": 4.0}
# Types whose configs name the positions before and after. Those of the others name the ones before only, which
# transformers and vLLM multiply by the factor.
NAMES_ORIGINAL = ("yarn", "llama3")


def scaled(directory: Path, spec: Sft) -> dict[str, Any]:
    """The checkpoint's config with more positions, as an argument of `from_pretrained`; else empty.

    Raises SpecError where its positions are not rotary, or scaled already.
    """
    if spec.rope == "none":
        return {}
    # Of whole weights: an adapter's has room for tokens that it brings, which its base has not.
    config = AutoConfig.from_pretrained(root_of(directory), trust_remote_code=spec.trust_remote_code)
    text = config.get_text_config()
    known = getattr(text, "rope_parameters", None)
    if not isinstance(known, dict) or "rope_theta" not in known:
        raise SpecError("rope", f"positions of {text.model_type} are not rotary, or differ by layer; use none")
    if known.get("rope_type", "default") != "default":
        raise SpecError("rope", f"this checkpoint's positions are scaled already ({known['rope_type']}); use none")
    text.rope_parameters = {
        **known,
        "rope_type": spec.rope,
        "factor": spec.rope_factor,
        **(LLAMA3 if spec.rope == "llama3" else {}),
    }
    if spec.rope in NAMES_ORIGINAL:
        positions = text.max_position_embeddings
        text.rope_parameters["original_max_position_embeddings"] = positions
        text.max_position_embeddings = int(positions * spec.rope_factor)
    return {"config": config}
