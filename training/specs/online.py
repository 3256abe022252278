"""Settings of learning online: the policy answers, reward models score, and it learns from its own answers."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from training.specs.head import LARGE, Engine, GpuMemory, Spec
from training.specs.trainers import Training

Algorithm = Literal["grpo", "rloo"]
GrpoLoss = Literal["dapo", "grpo", "bnpo", "dr_grpo"]
GrpoScale = Literal["group", "batch", "none"]
GRPO_LOSS: GrpoLoss = "dapo"
GRPO_SCALE: GrpoScale = "group"


class Online(Training, frozen=True, kw_only=True, tag="online"):
    """Reinforcement learning from reward models, by GRPO or RLOO, with the base as reference."""

    PLUMBING = Spec.PLUMBING | {"reward_models"}
    INPUTS = ("train",)

    algorithm: Annotated[Algorithm, Meta(description="How answers to one prompt are held against each other.")] = (
        "grpo"
    )
    reward_models: Annotated[tuple[str, ...], Meta(description="Reward models whose scores are added up.")] = ()
    reward_weights: Annotated[
        tuple[float, ...],
        Meta(description="A weight for each reward model; empty is 1 each. One of 0 only watches."),
    ] = ()
    n: Annotated[int, Meta(ge=2, le=1024, description="Answers to each prompt, held against each other.")] = 8
    max_tokens: Annotated[int, Meta(ge=1, lt=LARGE, description="Longest answer in tokens.")] = 512
    temperature: Annotated[float, Meta(gt=0, le=2, description="Of the answers.")] = 1.0
    top_p: Annotated[float, Meta(gt=0, le=1, description="Mass of the nucleus.")] = 1.0
    top_k: Annotated[int, Meta(ge=0, lt=LARGE, description="Draw from so many likeliest tokens; 0 from all.")] = 0
    beta: Annotated[float, Meta(ge=0, le=100, description="How dear it is to leave the base; 0 costs nothing.")] = 0.05
    kl_limit: Annotated[
        float, Meta(ge=0, description="Distance from the base that is too far, in nats a token; 0 sets no limit.")
    ] = 0.0
    at_kl_limit: Annotated[Literal["stop", "warn"], Meta(description="What happens beyond kl_limit.")] = "stop"
    length_penalty: Annotated[float, Meta(ge=0, description="Reward taken off for each character.")] = 0.0
    mask_unfinished: Annotated[bool, Meta(description="Learn nothing from answers that max_tokens cut off.")] = True
    loss: Annotated[GrpoLoss, Meta(description="With grpo: how tokens are weighed.")] = GRPO_LOSS
    scale: Annotated[GrpoScale, Meta(description="With grpo: whose spread a reward is divided by.")] = GRPO_SCALE
    clip: Annotated[float, Meta(gt=0, lt=1, description="A step changes the odds of an answer no further.")] = 0.2
    passes: Annotated[int, Meta(ge=1, le=64, description="Steps on the same answers.")] = 1
    engine: Annotated[Engine, Meta(description="What answers; auto is vLLM on a GPU where it is installed.")] = "auto"
    gpu_memory: GpuMemory = 0.3
    shown: Annotated[int, Meta(ge=0, le=20, description="Prompts whose answers are shown as they change.")] = 3
    show_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between such answers.")] = 20
    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 1e-6
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the prompts.")] = 1.0
    batch_size: Annotated[
        int, Meta(ge=2, lt=LARGE, description="Answers for each optimiser step, over all processes.")
    ] = 128
    keep: Annotated[
        Literal["last", "best"], Meta(description="Weights to keep: best are those of the highest held-out reward.")
    ] = "last"
    patience: Annotated[
        int,
        Meta(ge=0, lt=LARGE, description="Stop after so many measurements without a higher reward; 0 never stops."),
    ] = 0

    spike_factor: Annotated[
        float,
        Meta(
            ge=0, description="Fail where the loss exceeds so many times its median; near 0, as here, it says little."
        ),
    ] = 0.0

    @property
    def weights(self) -> tuple[float, ...]:
        """One for each reward model."""
        return self.reward_weights or (1.0,) * len(self.reward_models)

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.batch_size % self.n:
            yield f"batch_size: {self.batch_size} must be a multiple of n = {self.n}, the answers to a prompt"
        if self.max_tokens >= self.max_length:
            yield f"max_tokens: leaves no room for a prompt; use less than max_length = {self.max_length}"
        if self.group_by_length:
            yield "group_by_length: nobody knows how long an answer will be; leave it"
        if self.activation_offload:
            yield "activation_offload: TRL cannot keep them elsewhere while it learns online; leave it"
        if self.sharding == "fsdp":
            yield "sharding: TRL gathers no shards of fsdp for a policy that answers; use zero2 or zero3"
        if self.quantize != "none" and self.engine != "transformers":
            yield "quantize: vLLM answers by whole weights, which a quantised policy has not; use engine transformers"
        if self.kl_limit and not self.beta:
            yield "kl_limit: without a reference nothing is measured; set beta above 0, or leave it"
        yield from self.rules_of_rewards()
        yield from self.rules_of_algorithm()

    def rules_of_rewards(self) -> Iterator[str]:
        if min(self.reward_weights, default=1.0) < 0:
            yield "reward_weights: none can be below 0"
        if self.reward_weights and not any(self.reward_weights):
            yield "reward_weights: one must be above 0, or nothing is learnt"

    def rules_of_algorithm(self) -> Iterator[str]:
        if self.algorithm == "grpo":
            return
        if self.loss != GRPO_LOSS:
            yield f"loss: rloo has its own; leave {GRPO_LOSS}, or use grpo"
        if self.scale != GRPO_SCALE:
            yield f"scale: rloo divides by no spread; leave {GRPO_SCALE}, or use grpo"
