"""An adapter that is kept beside its base is a checkpoint as a merged one is, or is refused by name."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.training.jobs.conftest import DEMONSTRATIONS, PREFERENCES, Run, ask
from tests.training.jobs.engines.test_with_vllm import vllm  # noqa: F401
from tests.training.jobs.test_adapters import ADDING
from training.jobs.checkpoints import load_policy, load_reward_model
from training.jobs.engines import AnswerRequest
from training.jobs.generation import Policy, RewardModel
from training.jobs.kept_adapters import base_of, root_of
from training.jobs.longer_context import scaled
from training.jobs.serve import size_of
from training.jobs.tokenizer import load_tokenizer
from training.specs import Draw, Reward, Sample, Sft, SpecError

OWN: dict[str, Any] = {"template": "own", "precision": "fp32"}


def policy(folder: Path) -> dict[str, torch.Tensor]:
    spec = Sft(**OWN)
    found: dict[str, torch.Tensor] = load_policy(folder, spec, load_tokenizer(folder, spec)).state_dict()
    return found


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    """But for what hangs on an added row, which begins at random beside the mean of the others."""
    pairs = ((first[name], second[name]) for name in first)
    return first.keys() == second.keys() and all(torch.allclose(*pair, atol=1e-4) for pair in pairs)


def test_a_kept_adapter_is_the_model_that_merging_makes_with_the_rows_of_added_tokens(do: Run, base: str) -> None:
    data = {"train": DEMONSTRATIONS}
    (merged, _), (kept, result) = (
        do("sft", data, name, base=base, adapter=name, **ADDING) for name in ("merge", "keep")
    )
    assert not (kept.output / "model.safetensors").exists() and base_of(kept.output) == Path(base).resolve()
    assert same(policy(kept.output), policy(merged.output))
    name = "model.layers.0.mlp.up_proj.weight"
    assert (policy(kept.output)[name] - policy(Path(base))[name]).abs().max() > 1e-3
    assert "adapter_model.safetensors" in result.files and size_of(str(kept.output)) > size_of(base)
    conversation = ask("List old tools.")
    said = [Policy(str(run.output)) for run in (kept, merged)]
    logits = [one.model(one.encode(conversation)).logits for one in said]
    assert torch.allclose(*logits, atol=1e-3) and said[0].ends == said[1].ends


def test_a_longer_context_is_that_of_the_base_below_an_adapter_that_brings_tokens(do: Run, base: str) -> None:
    kept, _ = do("sft", {"train": DEMONSTRATIONS[:4]}, base=base, adapter="keep", max_steps=1, **ADDING)
    spec = Sft(rope="linear", rope_factor=2.0, **OWN)
    model = load_policy(kept.output, spec, load_tokenizer(kept.output, spec), **scaled(kept.output, spec))
    assert model.config.rope_parameters["factor"] == 2.0


def test_dpo_goes_on_from_a_kept_adapter_and_both_answer_and_can_be_moved_together(
    do: Run, base: str, tmp_path: Path
) -> None:
    first, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, adapter="keep", lora_rank=4)
    second, _ = do("dpo", {"train": PREFERENCES}, base=str(first.output), adapter="keep", lora_rank=4, dora=True)
    before = policy(second.output)
    first.path.rename(tmp_path / "elsewhere")
    with pytest.raises(SpecError, match="base: is an adapter of .*/sft/output, which is no checkpoint any more"):
        base_of(second.output)
    (tmp_path / "elsewhere").rename(first.path)
    assert root_of(second.output) == Path(base).resolve() and not same(before, policy(first.output))
    run, result = do("sample", {"prompts": DEMONSTRATIONS[:2]}, base=str(second.output), max_tokens=4)
    assert result.state == "succeeded" and (run.output / "responses.jsonl").is_file()


def test_a_reward_models_head_is_of_its_adapter(do: Run, base: str) -> None:
    kept, _ = do("reward", {"train": PREFERENCES}, base=base, adapter="keep", lora_rank=4)
    spec = Reward(template="own", precision="fp32", seed=99)
    tokenizer = load_tokenizer(kept.output, spec)
    head = load_reward_model(kept.output, spec, tokenizer).score.weight
    served = RewardModel(str(kept.output))
    assert torch.equal(served.model.score.weight, head)
    conversation = [*ask("List old tools."), {"role": "assistant", "content": "the saw."}]
    assert served.score(conversation) == RewardModel(str(kept.output)).score(conversation)


@pytest.mark.parametrize(
    ("asked", "field"), [({"sharding": "zero3"}, "sharding"), ({"quantize": "4bit", "lora_rank": 4}, "quantize")]
)
def test_what_cannot_take_up_an_adapter_is_refused_before_anything_is_loaded(
    do: Run, base: str, asked: dict[str, Any], field: str
) -> None:
    kept, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, adapter="keep", lora_rank=4)
    spec = Sft(template="own", **asked)
    with pytest.raises(SpecError, match=f"{field}: the base is a kept adapter"):
        load_policy(kept.output, spec, load_tokenizer(kept.output, spec))


def test_vllm_loads_the_base_and_asks_each_request_of_the_adapter_beside_it(
    do: Run, base: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, _ = do("sft", {"train": DEMONSTRATIONS}, base=base, adapter="keep", lora_rank=4)
    dora, _ = do("sft", {"train": DEMONSTRATIONS}, "dora", base=base, adapter="keep", lora_rank=4, dora=True)
    # TRL asks for its version, so that nothing can be trained once it stands in.
    with_vllm = request.getfixturevalue("vllm")
    monkeypatch.setattr(with_vllm, "beside", lambda folder: {"lora_request": str(folder)})
    monkeypatch.setattr(with_vllm.LLM, "generate", lambda *_, lora_request, **__: iter([lora_request]))
    sampler = with_vllm.VllmSampler(Sample(gpus=0, precision="fp32"), kept.output)
    monkeypatch.setattr(sampler, "answers", lambda output, *_: [output])
    [[asked]] = sampler.generate([AnswerRequest(ask("List tools."), 1)], Draw(), seed=1)
    assert asked == str(kept.output) and sampler.model.options["model"] == str(Path(base).resolve())
    assert (sampler.model.options["enable_lora"], sampler.model.options["max_lora_rank"]) == (True, 8)
    with pytest.raises(SpecError, match="engine: vllm cannot load this adapter .*lora_magnitude_vector; use"):
        with_vllm.loading(Sample(), dora.output, 0)
