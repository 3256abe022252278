"""Weights and tokenizers as they are loaded: padding of its own, templates that end answers, room for new tokens."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from transformers import AutoTokenizer

from training.jobs.checkpoints import fit_to, load_policy, load_reference, load_reward_model, storage_type
from training.jobs.templates import TEMPLATES
from training.jobs.tokenizer import PAD, load_tokenizer
from training.specs import Dpo, Reward, Sample, Score, Sft, Spec, SpecError

OWN = Sft(template="own", precision="fp32")


@pytest.fixture
def tokenizer(base: str) -> Any:
    return load_tokenizer(Path(base), OWN)


def saved(tokenizer: Any, path: Path, **changes: Any) -> Path:
    """A tokenizer as somebody else may have published it."""
    for name, value in changes.items():
        setattr(tokenizer, name, value)
    tokenizer.save_pretrained(path)
    return path


@pytest.mark.parametrize("pad", [None, "eos"])
def test_padding_is_no_other_token(tokenizer: Any, tmp_path: Path, pad: str | None) -> None:
    published = saved(tokenizer, tmp_path / "m", pad_token=tokenizer.eos_token if pad else None)
    found = load_tokenizer(published, OWN)
    assert found.pad_token == PAD
    assert found.pad_token_id not in (None, found.eos_token_id)


def test_a_padding_token_of_its_own_stays(tokenizer: Any, tmp_path: Path) -> None:
    tokenizer.add_special_tokens({"pad_token": "<fill>"})
    assert load_tokenizer(saved(tokenizer, tmp_path / "m"), OWN).pad_token == "<fill>"


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_ends_an_answer_with_the_token_that_ends_generation(base: str, name: Any) -> None:
    template = TEMPLATES[name]
    found = load_tokenizer(Path(base), Sft(template=name))
    assert found.chat_template == template.jinja
    assert all(len(found.encode(token, add_special_tokens=False)) == 1 for token in template.tokens)
    if template.tokens:
        assert found.eos_token == template.end


def test_the_checkpoints_own_template_is_left_as_it_is(base: str, tokenizer: Any) -> None:
    assert tokenizer.chat_template == AutoTokenizer.from_pretrained(base).chat_template


@pytest.mark.parametrize(
    ("spec", "kept"),
    [
        (Sft(), torch.float32),
        (Reward(), torch.float32),
        (Dpo(sharding="zero3"), torch.bfloat16),
        (Dpo(lora_rank=8), torch.bfloat16),
        (Dpo(lora_rank=8, precision="fp32"), torch.float32),
        (Sample(), torch.bfloat16),
        (Score(precision="fp32"), torch.float32),
    ],
)
def test_weights_that_are_trained_whole_are_kept_in_fp32(spec: Spec, kept: torch.dtype) -> None:
    assert storage_type(spec) == kept


@pytest.mark.parametrize(("precision", "kept"), [("bf16", torch.bfloat16), ("fp32", torch.float32)])
def test_a_reference_that_is_only_asked_takes_half_the_memory(
    base: str, tokenizer: Any, precision: str, kept: torch.dtype
) -> None:
    spec = Dpo(template="own", precision=precision)  # type: ignore[arg-type]
    assert load_reference(Path(base), spec, tokenizer).dtype == kept
    assert load_policy(Path(base), spec, tokenizer).dtype == torch.float32


def test_a_new_token_begins_as_the_mean_of_the_others_and_the_old_ones_stay(base: str, tokenizer: Any) -> None:
    model = load_policy(Path(base), OWN, tokenizer)
    before = model.get_input_embeddings().weight.detach().clone()
    tokenizer.add_special_tokens({"additional_special_tokens": ["<new>"]})
    fit_to(model, tokenizer)
    after = model.get_input_embeddings().weight.detach()
    assert len(after) >= len(tokenizer) > len(before)
    assert torch.equal(after[: len(before)], before)
    # Drawn close around the mean, by transformers.
    assert torch.allclose(after[len(tokenizer) - 1], before.mean(0), atol=0.02)


def test_a_model_never_loses_tokens_that_the_tokenizer_lacks(base: str, tokenizer: Any) -> None:
    model = load_policy(Path(base), OWN, tokenizer)
    model.resize_token_embeddings(len(tokenizer) + 50)
    fit_to(model, tokenizer)
    assert model.get_input_embeddings().num_embeddings == len(tokenizer) + 50


def test_generation_ends_and_pads_as_the_tokenizer_says(base: str, tokenizer: Any) -> None:
    model = load_policy(Path(base), OWN, tokenizer)
    assert (model.config.pad_token_id, model.config.eos_token_id) == (tokenizer.pad_token_id, tokenizer.eos_token_id)
    told = model.generation_config
    assert (told.pad_token_id, told.eos_token_id) == (tokenizer.pad_token_id, [tokenizer.eos_token_id])


def test_the_head_of_a_reward_model_is_drawn_from_the_seed(base: str, tokenizer: Any) -> None:
    first, again, other = (
        load_reward_model(Path(base), Reward(precision="fp32", seed=seed), tokenizer).score.weight
        for seed in (1, 1, 2)
    )
    assert first.shape[0] == 1
    assert torch.equal(first, again) and not torch.equal(first, other)


def test_weights_in_a_pickle_are_not_loaded(base: str, tokenizer: Any, tmp_path: Path) -> None:
    model = load_policy(Path(base), OWN, tokenizer)
    model.config.save_pretrained(tmp_path)
    torch.save(model.state_dict(), tmp_path / "pytorch_model.bin")
    with pytest.raises(OSError, match="safetensors"):
        load_policy(tmp_path, OWN, tokenizer)


def test_an_attention_that_the_model_or_the_machine_has_not_is_refused_at_its_field(base: str, tokenizer: Any) -> None:
    with pytest.raises(
        SpecError, match="attention: this model cannot be loaded with flash_attention_2: FlashAttention2 "
    ):
        load_policy(Path(base), Sft(template="own", attention="flash_attention_2"), tokenizer)
    eager = load_policy(Path(base), Sft(template="own", attention="eager"), tokenizer)
    assert eager.config._attn_implementation == "eager"


def test_kernels_that_would_change_nothing_are_refused(
    base: str, tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = ModuleType("liger_kernel.transformers.monkey_patch")
    for name in ("liger_kernel", "liger_kernel.transformers", known.__name__):
        monkeypatch.setitem(sys.modules, name, known)
    known.MODEL_TYPE_TO_APPLY_LIGER_FN = {"llama": None}  # type: ignore[attr-defined]
    spec = Sft(template="own", liger=True)
    assert load_policy(Path(base), spec, tokenizer)
    known.MODEL_TYPE_TO_APPLY_LIGER_FN = {"qwen2": None}  # type: ignore[attr-defined]
    with pytest.raises(SpecError, match="liger: has no kernels for llama; leave it off"):
        load_policy(Path(base), spec, tokenizer)
