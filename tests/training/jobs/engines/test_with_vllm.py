"""What vLLM is asked. The real vLLM is needed on a GPU only; here it is a stand-in."""

import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from tests.training.jobs.conftest import ask
from training.jobs.engines import AnswerRequest
from training.specs import Draw, Sample, Score


class Recorded:
    """A vLLM that writes down what it is asked and answers in its form."""

    def __init__(self, **options: Any) -> None:
        self.options = options
        self.model_config = SimpleNamespace(max_model_len=40)
        self.calls: list[Any] = []

    def generate(self, prompts: Any, sampling: Any, use_tqdm: bool) -> list[Any]:
        self.calls.append(sampling)
        said = SimpleNamespace(token_ids=[66, 67])
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
    asks = [AnswerRequest(ask("List tools."), 64), AnswerRequest(ask("More."), 2)]
    answers = list(sampler.generate(asks, Draw(n=64, temperature=0.7, top_p=0.9), seed=5))
    [[first, second]] = sampler.model.calls
    assert (first.n, first.temperature, first.top_p, first.max_tokens, first.seed) == (64, 0.7, 0.9, 9, 5)
    assert (second.n, second.seed) == (2, 69)
    assert first.stop_token_ids == [sampler.codec.encoder.tokenizer.eos_token_id]
    assert list(map(len, answers)) == [64, 2]
    said = sampler.codec.encoder.tokenizer.decode([66, 67])
    assert (answers[0][0].text, answers[0][0].finish_reason, answers[0][0].tokens) == (said, "length", 2)


def test_a_draw_says_all_of_how_tokens_are_drawn(vllm: Any, base: str) -> None:
    sampler = vllm.VllmSampler(Sample(max_tokens=30), Path(base))
    draw = Draw(top_k=5, min_p=0.1, repetition_penalty=1.2, presence_penalty=0.3, frequency_penalty=0.4, min_tokens=9)
    list(sampler.generate([AnswerRequest(ask("x" * 30), 1)], draw, seed=5))
    list(sampler.generate([AnswerRequest(ask("One."), 1)], replace(draw, stop=("a",)), seed=5))
    [[near], [far]] = sampler.model.calls
    told = ("top_k", "min_p", "repetition_penalty", "presence_penalty", "frequency_penalty")
    assert [getattr(near, name) for name in told] == [5, 0.1, 1.2, 0.3, 0.4]
    # vLLM refuses more tokens at least than at most.
    assert (near.min_tokens, near.max_tokens, far.min_tokens) == (7, 7, 9)
    assert (near.stop, near.detokenize, far.stop, far.detokenize) == ([], False, ["a"], True)


def test_rewards_are_asked_for_without_the_activation_that_would_squash_them(vllm: Any, base: str) -> None:
    scorer = vllm.VllmScorer(Score(), Path(base))
    assert scorer.score([[1, 2, 3], [4]]) == [3.0, 1.0]
    assert scorer.model.calls[0].use_activation is False
    assert scorer.model.options["runner"] == "pooling"


@pytest.mark.parametrize("trusted", [False, True])
def test_foreign_code_runs_only_where_an_administrator_allowed_it(vllm: Any, base: str, trusted: bool) -> None:
    options = vllm.loading(Sample(trust_remote_code=trusted), Path(base), 0)
    assert options["trust_remote_code"] is trusted
    assert options["load_format"] == "safetensors"


def test_a_model_is_shared_out_over_as_many_gpus_as_a_setting_says(vllm: Any, base: str) -> None:
    assert vllm.loading(Sample(gpus=4), Path(base), 0)["tensor_parallel_size"] == 1
    assert vllm.loading(Sample(gpus=4, tensor_parallel=2), Path(base), 0)["tensor_parallel_size"] == 2


def test_the_real_vllm_answers_with_what_the_interface_promises(base: str) -> None:
    pytest.importorskip("vllm", reason="vllm is not installed: it needs a GPU")
    from training.jobs.engines.with_vllm import VllmSampler

    sampler = VllmSampler(Sample(max_tokens=4, precision="fp32"), Path(base))
    [answers] = sampler.generate([AnswerRequest(ask("List tools."), 3)], Draw(n=3), seed=1)
    assert isinstance(answers, list) and len(answers) == 3


def test_one_prompt_without_room_does_not_stop_the_others_and_an_answer_takes_the_room_left(
    vllm: Any, base: str
) -> None:
    sampler = vllm.VllmSampler(Sample(max_tokens=30), Path(base))
    asks = [AnswerRequest(ask(text), 2) for text in ("One.", "x" * 60, "x" * 30)]
    first, long, close = sampler.generate(asks, Draw(n=2), seed=5)
    assert [len(first), len(close)] == [2, 2]
    assert long.reason == "too_long" and "63 tokens" in long.words
    assert [(one.max_tokens, one.seed) for one in sampler.model.calls[0]] == [(30, 5), (7, 9)]


def test_seeds_stay_below_what_vllm_takes(vllm: Any, base: str) -> None:
    sampler = vllm.VllmSampler(Sample(), Path(base))
    list(sampler.generate([AnswerRequest(ask("One."), 2), AnswerRequest(ask("Two."), 2)], Draw(n=2), seed=2**31 - 2))
    assert [one.seed for one in sampler.model.calls[0]] == [2**31 - 2, 0]


@pytest.mark.parametrize(("precision", "dtype"), [("bf16", "bfloat16"), ("fp32", "float32")])
def test_the_number_format_is_the_specs(vllm: Any, base: str, precision: Any, dtype: str) -> None:
    options = vllm.loading(Score(precision=precision, gpus=0), Path(base), 0)
    assert (options["dtype"], options["tensor_parallel_size"], options["model"]) == (dtype, 1, base)


@pytest.mark.parametrize(("asked", "told"), [(0, -1), (100, 100), (4096, 256)])
def test_the_context_is_what_fits_or_what_is_asked_for_and_never_more_than_the_model_has(
    vllm: Any, base: str, asked: int, told: int
) -> None:
    options = vllm.loading(Sample(gpu_memory=0.5), Path(base), asked)
    assert (options["max_model_len"], options["gpu_memory_utilization"]) == (told, 0.5)
