"""Pairs whose prompt is read once give what they give with padding."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM
from trl.trainer.utils import add_fused_lm_head

from tests.training.jobs.conftest import PREFERENCES, Run
from tests.training.jobs.test_sft import weights
from tests.training.jobs.tiny_models import publish
from training.jobs.shared_prompts import IGNORED, Pairs, SharedBatch, refuse_architecture, says_the_same
from training.specs import SpecError, parse

# Two rows of prompt and responses: 1 2 3 | 4 5 and | 6; 7 8 | 9 and | 10 11.
PAIRS = Pairs(
    torch.tensor([[1, 2, 3, 4, 5], [7, 8, 9, 0, 0], [1, 2, 3, 6, 0], [7, 8, 10, 11, 0]]),
    torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 1, 1, 0]]),
    torch.tensor(
        [[-100, -100, -100, 4, 5], [-100, -100, 9, *[-100] * 2], [*[-100] * 3, 6, -100], [-100, -100, 10, 11, -100]]
    ),
)


def test_a_row_is_the_prompt_and_both_responses_behind_its_last_token() -> None:
    batch = SharedBatch.of(PAIRS)
    assert batch.ids.tolist() == [[1, 2, 3, 4, 5, 3, 6], [7, 8, 9, 8, 10, 11, 0]]
    assert batch.positions.tolist() == [[0, 1, 2, 3, 4, 2, 3], [0, 1, 2, 1, 2, 3, 0]]
    assert batch.labels[0].tolist() == [IGNORED] * 3 + [4, 5, IGNORED, 6]
    rejected = batch.seen()[0, 0, 6]
    assert rejected.tolist() == [True, True, False, False, False, True, True]


def test_what_is_said_goes_back_to_where_it_was() -> None:
    batch = SharedBatch.of(PAIRS)
    # The token that is said next, as if it were its log-probability.
    said = torch.where(batch.labels == IGNORED, 0, batch.labels)[:, 1:].float()
    expected = torch.where(PAIRS.labels == IGNORED, 0, PAIRS.labels)[:, 1:].float()
    assert torch.equal(batch.apart(said, PAIRS), expected)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"attention": "eager", "gradient_checkpointing": True},
        {"lora_rank": 4},
        {"losses": ["sft", "simpo"], "loss_weights": [1.0, 1.0]},
        {"wpo_weights": True, "ld_alpha": 0.5, "precompute_reference": True},
    ],
    ids=str,
)
def test_a_training_is_the_same(do: Run, base: str, more: dict[str, Any]) -> None:
    given = {"base": base, "epochs": 2.0, "learning_rate": 1e-3, **more}
    padded, _ = do("dpo", {"train": PREFERENCES}, "padded", **given)
    shared, result = do("dpo", {"train": PREFERENCES}, "shared", share_prompts=True, **given)
    expected = [row["loss"] for row in padded.read_metrics()[0] if "loss" in row]
    assert [row["loss"] for row in shared.read_metrics()[0] if "loss" in row] == pytest.approx(expected, abs=1e-4)
    curves = [run.read_metrics()[0][-1] for run in (padded, shared)]
    for name in ("eval_loss", "eval_logps/chosen", "eval_rewards/margins"):
        assert curves[1][name] == pytest.approx(curves[0][name], rel=1e-4, abs=1e-4)
    before, after = weights(padded.output), weights(shared.output)
    assert all(torch.allclose(after[name], before[name], atol=1e-4) for name in before)


ASKED = {"input_ids": PAIRS.ids, "attention_mask": PAIRS.attention, "labels": PAIRS.labels}


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma2", "phi3", "gpt_neox", "gpt2"])
def test_published_architectures_say_the_same(architecture: str, tmp_path: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(publish(tmp_path, architecture))
    refuse_architecture(model.config, max_length=16)
    add_fused_lm_head(model)
    assert says_the_same(model, ASKED)


@pytest.mark.parametrize("architecture", ["bloom", "falcon"])
def test_a_model_that_places_tokens_by_their_distance_does_not(architecture: str) -> None:
    size = {"vocab_size": 32, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    torch.manual_seed(3)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(architecture, alibi=True, **size))
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    add_fused_lm_head(model)
    assert not says_the_same(model, ASKED)


@pytest.mark.parametrize(
    ("architecture", "problem"), [("mistral", "looks back 16 tokens only"), ("mixtral", "experts would be balanced")]
)
def test_a_model_whose_batches_could_differ_is_refused(architecture: str, problem: str) -> None:
    config = AutoConfig.for_model(architecture, **({"sliding_window": 16} if architecture == "mistral" else {}))
    config._attn_implementation = "sdpa"
    with pytest.raises(SpecError, match=problem):
        refuse_architecture(config, max_length=17)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"attention": "flash_attention_2"}, "share_prompts: flash_attention_2 takes no mask of its own"),
        ({"sharding": "zero3"}, "share_prompts: zero3 leaves no process a whole model"),
        ({"sharding": "fsdp", "gpus": 2}, "share_prompts: fsdp leaves no process a whole model"),
        ({"compile": True}, "share_prompts: its batches cannot be compiled"),
    ],
)
def test_what_cannot_share_is_refused_by_name(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse("dpo", {"share_prompts": True, **fields})
    assert problem in str(caught.value)
