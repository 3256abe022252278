"""Sampling and scoring with vLLM: responses of one prompt share its cache, and all prompts are in flight at once."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from transformers import AutoConfig
from vllm import LLM, PoolingParams, SamplingParams, TokensPrompt
from vllm.sampling_params import RequestOutputKind

from training.jobs.context_length import context_length
from training.jobs.conversations import Encoder
from training.jobs.end_tokens import end_tokens
from training.jobs.engines import Answer, AnswerRequest, Refusal
from training.jobs.engines.codec import Codec, EncodedPrompt
from training.jobs.kept_adapters import at_run_time, base_of, root_of
from training.jobs.tokenizer import load_tokenizer
from training.specs import TYPES, Draw, Sample, Score

# vLLM's word for as many tokens as the model has positions and the memory has room.
FITTING = -1


class VllmSampler:
    name = "vllm"

    def __init__(self, spec: Sample, base: Path) -> None:
        self.logprobs = spec.logprobs
        tokenizer: Any = load_tokenizer(base, spec)
        self.model = LLM(**loading(spec, base, spec.max_context))
        self.beside = beside(base)
        ends = end_tokens(base, tokenizer, spec.trust_remote_code)
        self.codec = Codec(Encoder(tokenizer), ends, self.model.model_config.max_model_len, spec.max_tokens)

    def generate(self, asks: Sequence[AnswerRequest], draw: Draw, seed: int) -> Iterator[list[Answer] | Refusal]:
        found = self.codec.encode(asks)
        # A prompt's n answers take the seeds from its own on.
        seeds = list(accumulate((ask.n for ask in asks), initial=seed))[: len(asks)]
        prompts = [(one, own) for one, own in zip(found, seeds, strict=True) if isinstance(one, EncodedPrompt)]
        outputs = iter(
            self.model.generate(
                [TokensPrompt(prompt_token_ids=prompt.ids) for prompt, _ in prompts],
                [self.sampling(prompt, draw, own) for prompt, own in prompts],
                use_tqdm=False,
                **self.beside,
            )
        )
        for one in found:
            yield one if isinstance(one, Refusal) else self.answers(next(outputs), len(one.ids), draw)

    def sampling(self, prompt: EncodedPrompt, draw: Draw, seed: int) -> SamplingParams:
        return SamplingParams(
            n=prompt.n,
            temperature=draw.temperature,
            top_p=draw.top_p,
            top_k=draw.top_k,
            min_p=draw.min_p,
            repetition_penalty=draw.repetition_penalty,
            presence_penalty=draw.presence_penalty,
            frequency_penalty=draw.frequency_penalty,
            max_tokens=prompt.room,
            min_tokens=min(draw.min_tokens, prompt.room),
            stop=list(draw.stop),
            seed=seed % 2**31,
            stop_token_ids=list(self.codec.ends),
            output_kind=RequestOutputKind.FINAL_ONLY,
            # Of the token that was drawn alone: vLLM gives it before temperature, penalties and cuts.
            logprobs=0 if self.logprobs else None,
            # Words are found in text only. Its own text would hold an end token that is not marked special.
            detokenize=bool(draw.stop),
        )

    def answers(self, output: Any, prompt_tokens: int, draw: Draw) -> list[Answer]:
        return [
            self.codec.answer(said.token_ids, prompt_tokens, draw, said.cumulative_logprob if self.logprobs else None)
            for said in output.outputs
        ]

    def close(self) -> None:
        """Its engine is a process of its own, which ends."""
        self.model.llm_engine.engine_core.shutdown()


class VllmScorer:
    """vLLM would squash a reward into 0…1; without its activation the logit is the one that TRL trained."""

    name = "vllm"

    def __init__(self, spec: Score, base: Path) -> None:
        self.model = LLM(**loading(spec, base, spec.max_length), runner="pooling")
        self.beside = beside(base)
        self.longest: int = self.model.model_config.max_model_len
        self.pooling = PoolingParams(task="classify", use_activation=False)

    def score(self, sequences: Sequence[Sequence[int]]) -> list[float]:
        prompts = [TokensPrompt(prompt_token_ids=list(ids)) for ids in sequences]
        outputs = self.model.classify(prompts, pooling_params=self.pooling, use_tqdm=False, **self.beside)
        return [float(output.outputs.probs[0]) for output in outputs]

    def close(self) -> None:
        """Its engine is a process of its own, which ends."""
        self.model.llm_engine.engine_core.shutdown()


def beside(base: Path) -> dict[str, Any]:
    """The adapter that each request is for; nothing where whole weights are loaded."""
    if not base_of(base):
        return {}
    from vllm.lora.request import LoRARequest

    return {"lora_request": LoRARequest("kept", 1, str(base))}


def loading(spec: Sample | Score, base: Path, context: int) -> dict[str, Any]:
    """Where no `context` is asked for, vLLM takes the model's, or less where a GPU has no memory for that."""
    config = AutoConfig.from_pretrained(base, trust_remote_code=spec.trust_remote_code)
    return {
        "model": str(root_of(base)),
        "seed": spec.seed,
        "dtype": TYPES[spec.precision],
        "tensor_parallel_size": spec.tensor_parallel,
        "trust_remote_code": spec.trust_remote_code,
        "load_format": "safetensors",
        "enable_prefix_caching": True,
        # Compiling pays on a GPU; on a CPU, where models are tried, it takes minutes.
        "enforce_eager": not spec.gpus,
        "gpu_memory_utilization": spec.gpu_memory,
        "max_model_len": context_length(config, context) if context else FITTING,
        **at_run_time(spec, base),
    }
