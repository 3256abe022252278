"""LoRA: what it trains, and the checkpoint that becomes of it."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl.trainer.utils import disable_dropout_in_model

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, Run
from tests.training.jobs.test_sft import weights
from training.jobs.adapters import adapter, keep_dropout
from training.specs import Sft, SpecError

# A template that ends answers with a token of its own, which the base has never seen.
ADDING = {"template": "openchat", "replace_template": True, "lora_rank": 4}
END = "<|end_of_turn|>"


@pytest.fixture(scope="module")
def untied(base: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same architecture with a head of its own."""
    folder = tmp_path_factory.mktemp("untied")
    config = AutoModelForCausalLM.from_pretrained(base).config
    config.tie_word_embeddings = False
    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(base).save_pretrained(folder)
    return str(folder)


def moved_rows(before: torch.Tensor, after: torch.Tensor) -> set[int]:
    """Rows that training moved; one that was added begins as the mean of the others."""
    begun = torch.cat([before, before.mean(0).expand(len(after) - len(before), -1)])
    return {place for place, gap in enumerate((after - begun).abs().max(-1).values.tolist()) if gap > 1e-3}


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_the_rows_of_tokens_that_the_template_adds_are_trained_and_no_others(
    do: Run, request: pytest.FixtureRequest, kind: str, tied: bool
) -> None:
    base = request.getfixturevalue("base" if tied else "untied")
    run, result = do(kind, {"train": PREFERENCES}, base=base, **ADDING, epochs=4.0)
    before, after = weights(base), weights(run.output)
    end = AutoTokenizer.from_pretrained(run.output).convert_tokens_to_ids(END)
    assert before.keys() == after.keys()
    for name in after.keys() & {"model.embed_tokens.weight", "lm_head.weight"}:
        assert moved_rows(before[name], after[name]) == {end}
    assert result.figures["parameters"] == sum(tensor.numel() for tensor in after.values())


def test_what_is_written_loads_without_a_word(do: Run, base: str) -> None:
    run, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, **ADDING)
    model, told = AutoModelForCausalLM.from_pretrained(run.output, output_loading_info=True)
    assert not any(told.values())
    assert model.get_input_embeddings().num_embeddings == len(AutoTokenizer.from_pretrained(run.output))


def test_a_reward_model_trains_the_added_rows_too(do: Run, base: str) -> None:
    run, result = do("reward", {"train": PREFERENCES}, base=base, **ADDING)
    end = AutoTokenizer.from_pretrained(run.output).convert_tokens_to_ids(END)
    name = "model.embed_tokens.weight"
    assert result.state == "succeeded"
    assert moved_rows(weights(base)[name], weights(run.output)[name]) == {end}


def test_added_rows_are_refused_where_they_cannot_be_trained(base: str) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(Path(base))
    sharded = Sft(lora_rank=4, sharding="zero3", template="openchat")
    with pytest.raises(SpecError, match="sharding: zero3 with LoRA cannot train the tokens .* openchat adds"):
        adapter(sharded, "CAUSAL_LM", model, [7])
    assert adapter(sharded, "CAUSAL_LM", model, []).trainable_token_indices is None


def test_an_adapter_lies_on_every_linear_layer_and_a_reward_model_trains_its_head_whole() -> None:
    assert adapter(Sft(), "CAUSAL_LM", None, []) is None
    policy, reward = (adapter(Sft(lora_rank=4, lora_alpha=8.0), task, None, []) for task in ("CAUSAL_LM", "SEQ_CLS"))
    assert (policy.r, policy.lora_alpha, policy.target_modules) == (4, 8.0, "all-linear")
    assert (policy.modules_to_save, reward.modules_to_save) == (None, ["score"])


def test_dora_rslora_and_dropout_lie_on_the_layers_that_are_named(do: Run, base: str) -> None:
    """DPO, of which TRL takes every dropout away."""
    asked = {"lora_rank": 4, "lora_targets": ["q_proj", "down_proj"], "lora_dropout": 0.25, "dora": True}
    run, result = do("dpo", {"train": PREFERENCES}, base=base, rslora=True, **asked)
    before, after = weights(base), weights(run.output)
    moved = {name.split(".")[-2] for name in before if not torch.equal(before[name], after[name])}
    assert (result.state, moved) == ("succeeded", {"q_proj", "down_proj"})


def test_the_dropout_of_adapters_is_the_only_one_that_stays(base: str) -> None:
    from peft import get_peft_model

    spec = Sft(lora_rank=4, lora_dropout=0.25, dora=True, lora_targets=("q_proj",))
    model: Any = AutoModelForCausalLM.from_pretrained(Path(base))
    made = get_peft_model(model, adapter(spec, "CAUSAL_LM", model, []))
    disable_dropout_in_model(made)
    made.add_module("other", torch.nn.Dropout(0.0))
    keep_dropout(made)
    dropouts = {name: module.p for name, module in made.named_modules() if isinstance(module, torch.nn.Dropout)}
    assert set(dropouts.values()) == {0.25, 0.0} and dropouts["other"] == 0.0
    assert any("lora_magnitude_vector" in name for name, _ in made.named_parameters())


def test_a_layer_that_the_model_has_not_is_named_with_those_that_it_has(base: str) -> None:
    model: Any = AutoModelForCausalLM.from_pretrained(Path(base))
    with pytest.raises(SpecError, match="lora_targets: this model has no layer c_attn; it has q_proj, k_proj, "):
        adapter(Sft(lora_rank=4, lora_targets=("q_proj", "c_attn")), "CAUSAL_LM", model, [])


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is of requirements/gpu.txt")
@pytest.mark.parametrize("bits", ["8bit", "4bit"])
def test_a_quantised_base_is_trained_and_merged_into_all_its_bits(do: Run, base: str, bits: str) -> None:
    run, result = do("sft", {"train": PREFERENCES}, base=base, lora_rank=4, quantize=bits, optimizer="adamw_8bit")
    before, after = weights(base), weights(run.output)
    assert result.state == "succeeded" and before.keys() == after.keys()
    assert all(tensor.dtype == torch.float32 for tensor in after.values())
    name = "model.layers.0.mlp.up_proj.weight"
    # What was learnt, and no rounding to so few bits.
    assert (after[name] - before[name]).abs().max() > 0 and torch.linalg.matrix_rank(after[name] - before[name]) <= 4
