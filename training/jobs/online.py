"""Learning from rewards online, by GRPO or RLOO: `python -m training.jobs.online RUNDIR`.

Input `train`: prompts. The policy answers each several times, reward models score the answers with the code of
`score`, and answers to one prompt are held against each other. Prompts of the split `test` are held out: their mean
reward is measured before, on the way and after. Curves: `reward` and its spread, each reward model's own, `kl` to the
base in nats a token, lengths, and `completions/clipped_ratio`, the share of answers that did not end by themselves.

`samples.jsonl` holds answers to some prompts as they change.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig
from trl import GRPOConfig, GRPOTrainer, RLOOConfig, RLOOTrainer
from trl.models import prepare_deepspeed
from trl.trainer.utils import add_fused_lm_head

from training.jobs import tokens
from training.jobs.adapters import adapter, new_tokens
from training.jobs.checkpoints import load_policy, load_reference, set_threads
from training.jobs.context_length import context_length
from training.jobs.conversations import Encoder
from training.jobs.end_tokens import end_tokens
from training.jobs.engines import chosen_engine
from training.jobs.engines.codec import Codec
from training.jobs.rewarding import Rewarding, RewardModel
from training.jobs.running import Job, main
from training.jobs.showing import KlGuard, Shown, note_rewards
from training.jobs.tokenizer import load_tokenizer
from training.jobs.trainers import arguments, fit, save
from training.jobs.watching import Diverged, Watched
from training.specs import Online, SpecError

Row = dict[str, Any]


# Curves of TRL's that say what others say already.
NO_CURVES = ("terminated_length", "clip_ratio/low_mean", "clip_ratio/high_mean", "_min", "_max", "step_time")


class Tokenized(Watched):
    """Watched, and takes prompts that are token ids already: a text cannot pose as a control token."""

    def log(self, logs: dict[str, float], *given: Any, **named: Any) -> None:
        """Raises what a callback raises."""
        for measured in self._metrics.values():  # type: ignore[attr-defined]
            for name in [name for name in measured if name.endswith(NO_CURVES)]:
                del measured[name]
        super().log(logs, *given, **named)

    def _tokenize_prompts(self, prompts: list[list[int]]) -> tuple[list[list[int]], None, dict[str, Any]]:
        return prompts, None, {}

    def _generate_single_turn(self, *given: Any, **named: Any) -> Any:
        """Raises Diverged: torch draws from no probabilities that are no numbers."""
        try:
            return super()._generate_single_turn(*given, **named)  # type: ignore[misc]
        except RuntimeError as error:
            if "probability tensor" not in str(error):
                raise
            raise Diverged("probability of a token", self.state.global_step + 1) from error  # type: ignore[attr-defined]


class Grpo(Tokenized, GRPOTrainer):
    """TRL's, watched."""

    def said(self, prompts: list[list[int]]) -> list[list[int]]:
        """Token ids of an answer to each prompt, as it answers now."""
        found: list[list[int]] = self._generate_single_turn(prompts, None, {}, 1)[0]
        return found


class Rloo(Tokenized, RLOOTrainer):
    """TRL's, watched."""

    def said(self, prompts: list[list[int]]) -> list[list[int]]:
        """Token ids of an answer to each prompt, as it answers now. TRL takes one for each where nothing is learnt."""
        found: list[list[int]] = self._generate_single_turn(prompts, None, {})
        return found


def online(job: Job[Online]) -> None:
    spec, base = job.spec, job.checkpoint("base")
    set_threads(spec)
    tokenizer = load_tokenizer(base, spec)
    codec = codec_of(job, base, tokenizer)
    found = tokens.rows(job, lambda records: rows(codec, records))
    refuse_few(spec, len(found.train))
    # Before the trainer's arguments are made: each process holds these whole, and none is sharded.
    rewarding = Rewarding(spec, codec, [RewardModel(spec, path) for path in reward_models(job)])
    asked = configuration(job, rewarding, bool(found.held_out))
    model = load_policy(base, spec, tokenizer)
    kind: Any = {"grpo": Grpo, "rloo": Rloo}[spec.algorithm]
    trainer = kind(
        model=model,
        reward_funcs=rewarding.functions,
        args=asked,
        train_dataset=found.train,
        eval_dataset=found.held_out,
        processing_class=tokenizer,
        peft_config=adapter(spec, "CAUSAL_LM", model, new_tokens(base, spec, tokenizer)),
    )
    hold_against_base(trainer, spec, lambda: load_reference(base, spec, tokenizer))
    shown = [row for row, _ in zip(found.held_out or found.train, range(spec.shown), strict=False)]
    trainer.add_callback(Shown(job, trainer, rewarding, shown))
    trainer.add_callback(KlGuard(job))
    fit(job, trainer)
    note_rewards(job, trainer)
    save(job, trainer, lambda: load_policy(base, spec, tokenizer))


def reward_models(job: Job[Online]) -> list[Path]:
    """Their directories. Raises SpecError."""
    if not job.spec.reward_models:
        raise SpecError("reward_models", "is empty; name one at least")
    if len(job.spec.weights) != len(job.spec.reward_models):
        raise SpecError("reward_weights", f"give {len(job.spec.reward_models)}, one for each of reward_models")
    if job.spec.gpus:
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    return job.checkpoints("reward_models")


def codec_of(job: Job[Online], base: Path, tokenizer: Any) -> Codec:
    """How prompts are read; with room for an answer after the longest."""
    spec = job.spec
    config = AutoConfig.from_pretrained(base, trust_remote_code=spec.trust_remote_code)
    context = context_length(config, spec.max_length) or spec.max_length
    if context <= spec.max_tokens:
        raise SpecError("max_tokens", f"leaves no room for a prompt: the model reads and writes {context:,} tokens")
    encoder = Encoder(tokenizer, context - spec.max_tokens, job.found.counts)
    return Codec(encoder, end_tokens(base, tokenizer, spec.trust_remote_code), context, spec.max_tokens)


def rows(codec: Codec, records: Iterator[Row]) -> Iterator[Row]:
    """`prompt`, the ids that the model is asked with, and `messages`, for the templates of reward models."""
    encoder = codec.encoder
    for record in records:
        for [ids] in encoder.tried(record, encoder.prompt, [record["prompt"]]):
            if len(ids) > encoder.max_length:
                encoder.drop_unanswered(record)
                continue
            encoder.counts["rows"] += 1
            messages = [{name: turn[name] for name in ("role", "content")} for turn in record["prompt"]]
            yield {"prompt": ids, "messages": messages, "prompt_id": record["prompt_id"], "length": len(ids)}


def refuse_few(spec: Online, prompts: int) -> None:
    """Raises SpecError: TRL passes over prompts that fill no batch, all of them here."""
    wanted = spec.batch_size // spec.n
    if prompts < wanted:
        raise SpecError("batch_size", f"takes {wanted} prompts for a step, and there are {prompts}; lower it")


def configuration(job: Job[Online], rewarding: Rewarding, measures: bool) -> GRPOConfig | RLOOConfig:
    """`beta` is set later: TRL would load a reference of its own, in full precision and without added tokens."""
    spec = job.spec
    common = arguments(job) | {
        "beta": 0.0,
        "num_generations": spec.n,
        "num_generations_eval": 1,
        "max_completion_length": spec.max_tokens,
        "temperature": spec.temperature,
        "top_p": spec.top_p,
        "top_k": spec.top_k,
        "reward_weights": rewarding.weights,
        "mask_truncated_completions": spec.mask_unfinished,
        "epsilon": spec.clip,
        "num_iterations": spec.passes,
        "eval_on_start": measures and job.run.newest_checkpoint() is None,
        **engine(spec, rewarding.codec),
    }
    # TRL has neither here; what asks for the second is refused.
    for name in ("max_length", "activation_offloading"):
        del common[name]
    if common.get("metric_for_best_model"):
        common |= {"metric_for_best_model": "eval_reward", "greater_is_better": True}
    if spec.algorithm == "rloo":
        return RLOOConfig(**common)
    return GRPOConfig(**common, loss_type=spec.loss, scale_rewards=spec.scale)


def engine(spec: Online, codec: Codec) -> dict[str, Any]:
    """vLLM beside the trainer, on the same GPUs. Raises SpecError where it is wanted and cannot be had."""
    if chosen_engine(spec.engine, spec.gpus > 0) != "vllm":
        return {}
    if not spec.gpus:
        raise SpecError("engine", "vllm answers beside a trainer on GPUs only; use transformers")
    return {
        "use_vllm": True,
        "vllm_mode": "colocate",
        "vllm_gpu_memory_utilization": spec.gpu_memory,
        "vllm_max_model_length": codec.context,
        "generation_kwargs": {"stop_token_ids": list(codec.ends)},
    }


def hold_against_base(trainer: Any, spec: Online, load: Any) -> None:
    """With adapters the base itself is the reference: TRL switches them off."""
    trainer.beta = spec.beta
    if not spec.beta or spec.lora_rank:
        return
    reference = load()
    add_fused_lm_head(reference, temperature=trainer.temperature)
    if trainer.is_deepspeed_enabled:
        trainer.ref_model = prepare_deepspeed(reference, trainer.accelerator)
    else:
        trainer.ref_model = trainer.accelerator.prepare_model(reference, evaluation_mode=True)


if __name__ == "__main__":
    main(online, Online)
