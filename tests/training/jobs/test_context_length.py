"""How many tokens a model can read and write, from configurations as they are published."""

from typing import Any

import pytest
from transformers import AutoConfig

from training.jobs.context_length import context_length

SCALED = {"factor": 4.0, "rope_theta": 10_000.0}
LLAMA3 = SCALED | {"low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 8192}
CASES: list[tuple[str, dict[str, Any], int]] = [
    ("llama", {"max_position_embeddings": 4096}, 4096),
    ("gpt2", {"n_positions": 1024}, 1024),
    ("gptj", {"n_positions": 2048}, 2048),
    ("gpt_neox", {"max_position_embeddings": 2048}, 2048),
    ("mpt", {"max_seq_len": 2048}, 2048),
    # A window limits what a token sees, not how many there are.
    ("mistral", {"max_position_embeddings": 32_768, "sliding_window": 4096}, 32_768),
    # Vicuna v1.5 16k: its figure is the one before scaling.
    ("llama", {"max_position_embeddings": 4096, "rope_scaling": {"rope_type": "linear", **SCALED}}, 16_384),
    ("llama", {"max_position_embeddings": 4096, "rope_scaling": {"rope_type": "dynamic", **SCALED}}, 16_384),
    # Llama 3.1: its figure is the one after scaling.
    ("llama", {"max_position_embeddings": 131_072, "rope_scaling": {"rope_type": "llama3", **LLAMA3}}, 131_072),
]


@pytest.mark.parametrize(("kind", "published", "expected"), CASES)
def test_the_limit_is_the_configurations(kind: str, published: dict[str, Any], expected: int) -> None:
    assert context_length(AutoConfig.for_model(kind, **published)) == expected


@pytest.mark.parametrize("published", [32_768, 131_072])
def test_yarn_multiplies_the_positions_before_it_whichever_the_configuration_names(published: int) -> None:
    scaling = SCALED | {"rope_type": "yarn", "original_max_position_embeddings": 32_768}
    config = AutoConfig.for_model("qwen2", max_position_embeddings=published, rope_scaling=scaling)
    assert context_length(config) == 131_072


def test_what_is_asked_for_is_never_more_than_the_model_has() -> None:
    config = AutoConfig.for_model("llama", max_position_embeddings=4096)
    assert [context_length(config, asked) for asked in (0, 512, 8192)] == [4096, 512, 4096]


def test_a_model_without_a_limit_takes_the_one_that_is_asked_for() -> None:
    config = AutoConfig.for_model("mamba")
    assert (context_length(config), context_length(config, 512)) == (None, 512)
