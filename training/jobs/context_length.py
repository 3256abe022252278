"""How many tokens a model can read and write together, by its configuration."""

from collections.abc import Iterator
from typing import Any

# What configurations call it: GPT-2 and its kin, MPT, BLOOM, and the others by transformers' common name.
NAMES = ("max_position_embeddings", "n_positions", "max_seq_len", "seq_length", "max_sequence_length", "n_ctx")
# Scaling that a configuration's own figure has in it already; Gemma 3's too, whatever its type.
CONTAINED = ("default", "su", "longrope", "llama3", "proportional")


def context_length(config: Any, asked: int = 0) -> int | None:
    """Tokens of prompt and answer together: `asked`, and no more than the positions that the model has.

    None where the model names no limit and none is asked for. A tokenizer's `model_max_length` is none of the model's:
    it may be 10³⁰, or what somebody trained with. Nor is a sliding window: it limits what a token sees.
    """
    own = positions(config.get_text_config())
    return min(filter(None, (asked, own)), default=None)


def positions(config: Any) -> int | None:
    named = [getattr(config, name, None) for name in NAMES]
    own = min((value for value in named if isinstance(value, int) and value > 0), default=None)
    return own and max([own, *extended(config, own)])


def extended(config: Any, own: int) -> Iterator[int]:
    """Positions after RoPE scaling. Linear and dynamic multiply the configuration's figure, YaRN the one before it."""
    if "gemma3" in config.model_type:
        return
    for rope in rope_parameters(config):
        if rope.get("rope_type", "default") not in CONTAINED and rope.get("factor"):
            yield int((rope.get("original_max_position_embeddings") or own) * rope["factor"])


def rope_parameters(config: Any) -> list[dict[str, Any]]:
    """One set for all layers, or one for each type of layer."""
    found = getattr(config, "rope_parameters", None) or {}
    return [part for part in found.values() if isinstance(part, dict)] or [found]
