"""Which engine is used, and what vLLM is asked. The real vLLM is needed on a GPU only; here it is a stand-in."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from tests.training.jobs.conftest import ask
from training.jobs import engines
from training.jobs.engines import Ask, chosen_engine
from training.specs import Draw, Sample, Score, SpecError


class Recorded:
    """A vLLM that writes down what it is asked and answers in its form."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.calls: list[Any] = []

    def generate(self, prompts: Any, sampling: Any, use_tqdm: bool) -> list[Any]:
        self.calls.append(sampling)
        said = SimpleNamespace(text=" saw ", finish_reason="length", token_ids=[1, 2])
        return [
            SimpleNamespace(prompt_token_ids=prompt.prompt_token_ids, outputs=[said] * one.n)
            for prompt, one in zip(prompts, sampling, strict=True)
        ]

    def classify(self, prompts: Any, pooling_params: Any, use_tqdm: bool) -> list[Any]:
        self.calls.append(pooling_params)
        return [SimpleNamespace(outputs=SimpleNamespace(probs=[float(len(p.prompt_token_ids))])) for p in prompts]


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    if find_spec("vllm"):
        pytest.skip("the real vllm is installed: this test stands in for it")
    stand_in, inner = ModuleType("vllm"), ModuleType("vllm.sampling_params")
    for name in ("PoolingParams", "SamplingParams", "TokensPrompt"):
        setattr(stand_in, name, SimpleNamespace)
    stand_in.LLM = Recorded  # type: ignore[attr-defined]
    inner.RequestOutputKind = SimpleNamespace(FINAL_ONLY="final")  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vllm", stand_in)
    monkeypatch.setitem(sys.modules, "vllm.sampling_params", inner)
    monkeypatch.delitem(sys.modules, "training.jobs.engines.with_vllm", raising=False)
    from training.jobs.engines import with_vllm

    yield with_vllm
    monkeypatch.delitem(sys.modules, "training.jobs.engines.with_vllm", raising=False)


def test_one_request_of_a_prompt_asks_for_all_of_its_responses(vllm: Any, base: str) -> None:
    sampler = vllm.VllmSampler(Sample(max_tokens=9), Path(base))
    asks = [Ask(ask("List tools."), 64), Ask(ask("More."), 2)]
    answers = list(sampler.generate(asks, Draw(n=64, temperature=0.7, top_p=0.9), seed=5))
    [[first, second]] = sampler.model.calls
    assert (first.n, first.temperature, first.top_p, first.max_tokens, first.seed) == (64, 0.7, 0.9, 9, 5)
    assert (second.n, second.seed) == (2, 69)
    assert first.stop_token_ids == [sampler.tokenizer.eos_token_id]
    assert list(map(len, answers)) == [64, 2]
    assert (answers[0][0].text, answers[0][0].finish_reason, answers[0][0].tokens) == ("saw", "length", 2)


def test_rewards_are_asked_for_without_the_activation_that_would_squash_them(vllm: Any, base: str) -> None:
    scorer = vllm.VllmScorer(Score(), Path(base))
    assert scorer.score([[1, 2, 3], [4]]) == [3.0, 1.0]
    assert scorer.model.calls[0].use_activation is False
    assert scorer.model.options["runner"] == "pooling"


@pytest.mark.parametrize("trusted", [False, True])
def test_foreign_code_runs_only_where_an_administrator_allowed_it(vllm: Any, base: str, trusted: bool) -> None:
    options = vllm.loading(Sample(trust_remote_code=trusted, gpus=4), Path(base))
    assert options["trust_remote_code"] is trusted
    assert options["tensor_parallel_size"] == 4
    assert options["load_format"] == "safetensors"


def test_vllm_is_taken_where_it_is_installed_and_there_is_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: object())
    assert chosen_engine("auto", on_gpu=True) == "vllm"
    assert chosen_engine("auto", on_gpu=False) == "transformers"
    assert chosen_engine("transformers", on_gpu=True) == "transformers"
    assert chosen_engine("vllm", on_gpu=False) == "vllm"


def test_a_wish_for_an_absent_vllm_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda name: None)
    assert chosen_engine("auto", on_gpu=True) == "transformers"
    with pytest.raises(SpecError, match="engine: vllm is not installed here; install it or use transformers"):
        chosen_engine("vllm", on_gpu=True)


def test_the_real_vllm_answers_with_what_the_interface_promises(base: str) -> None:
    pytest.importorskip("vllm", reason="vllm is not installed: it needs a GPU")
    from training.jobs.engines.with_vllm import VllmSampler

    sampler = VllmSampler(Sample(max_tokens=4, precision="fp32"), Path(base))
    [answers] = sampler.generate([Ask(ask("List tools."), 3)], Draw(n=3), seed=1)
    assert len(answers) == 3
