"""Sampling and scoring with vLLM: responses of one prompt share its cache, and all prompts are in flight at once."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from vllm import LLM, PoolingParams, SamplingParams, TokensPrompt
from vllm.sampling_params import RequestOutputKind

from training.jobs.engines import Answer, AnswerRequest
from training.jobs.tokenizer import load_tokenizer
from training.specs import Draw, Sample, Score, Spec


class VllmSampler:
    name = "vllm"

    def __init__(self, spec: Sample, base: Path) -> None:
        self.spec = spec
        self.tokenizer: Any = load_tokenizer(base, spec)
        self.model = LLM(**loading(spec, base))

    def generate(self, asks: Sequence[AnswerRequest], draw: Draw, seed: int) -> Iterator[list[Answer]]:
        prompts = self.tokenizer.apply_chat_template(
            [list(ask.prompt) for ask in asks], add_generation_prompt=True, return_dict=True
        )["input_ids"]
        # A prompt's n answers take the seeds from its own on.
        seeds = [seed + sum(ask.n for ask in asks[:place]) for place in range(len(asks))]
        outputs = self.model.generate(
            [TokensPrompt(prompt_token_ids=ids) for ids in prompts],
            [self.sampling(ask, draw, own) for ask, own in zip(asks, seeds, strict=True)],
            use_tqdm=False,
        )
        for output in outputs:
            yield [self.answer(said, len(output.prompt_token_ids)) for said in output.outputs]

    def sampling(self, ask: AnswerRequest, draw: Draw, seed: int) -> SamplingParams:
        return SamplingParams(
            n=ask.n,
            temperature=draw.temperature,
            top_p=draw.top_p,
            max_tokens=self.spec.max_tokens,
            seed=seed % 2**31,
            stop_token_ids=[self.tokenizer.eos_token_id],
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def answer(self, said: Any, prompt_tokens: int) -> Answer:
        return Answer(
            said.text.strip(),
            "length" if said.finish_reason == "length" else "stop",
            len(said.token_ids),
            prompt_tokens,
        )


class VllmScorer:
    """vLLM would squash a reward into 0…1; without its activation the logit is the one that TRL trained."""

    name = "vllm"

    def __init__(self, spec: Score, base: Path) -> None:
        self.model = LLM(**loading(spec, base), runner="pooling")
        self.pooling = PoolingParams(task="classify", use_activation=False)

    def score(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        prompts = [TokensPrompt(prompt_token_ids=list(ids)) for ids in sequences]
        outputs = self.model.classify(prompts, pooling_params=self.pooling, use_tqdm=False)
        return [float(output.outputs.probs[0]) for output in outputs]


def loading(spec: Spec, base: Path) -> dict[str, Any]:
    return {
        "model": str(base),
        "seed": spec.seed,
        "dtype": "bfloat16" if spec.precision == "bf16" else "float32",
        "tensor_parallel_size": max(spec.gpus, 1),
        "trust_remote_code": spec.trust_remote_code,
        "load_format": "safetensors",
        "enable_prefix_caching": True,
    }
