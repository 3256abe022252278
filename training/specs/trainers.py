"""Settings of the trainers: SFT, reward model, DPO."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from training.losses import BETA, SMOOTHED, Loss, ignored_options
from training.specs.head import LARGE, Spec, Template
from training.specs.mixtures import Mixed

LORA_ALPHA = 32.0


class Training(Mixed, frozen=True, kw_only=True):
    """What every trainer needs."""

    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 2e-5
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 3.0
    max_steps: Annotated[
        int, Meta(ge=-1, lt=LARGE, description="Train so many steps, whatever epochs says; -1 trains all epochs.")
    ] = -1
    batch_size: Annotated[
        int, Meta(ge=1, lt=LARGE, description="Examples for each optimiser step, over all processes.")
    ] = 128
    micro_batch_size: Annotated[int, Meta(ge=1, lt=LARGE, description="Examples that one device holds at once.")] = 4
    schedule: Annotated[
        Literal["cosine", "linear", "constant_with_warmup"], Meta(description="Course of the learning rate.")
    ] = "cosine"
    warmup: Annotated[float, Meta(ge=0, lt=1, description="Share of the steps spent warming up.")] = 0.03
    weight_decay: Annotated[float, Meta(ge=0, description="Decay of the weights in AdamW.")] = 0.0
    max_grad_norm: Annotated[float, Meta(gt=0, description="Gradients are clipped to this norm.")] = 1.0
    max_length: Annotated[int, Meta(ge=8, lt=LARGE, description="Tokens of prompt and response together.")] = 2048
    replace_template: Annotated[
        bool, Meta(description="Train with the chosen template although the checkpoint has its own.")
    ] = False
    group_by_length: Annotated[bool, Meta(description="Batch examples of like length.")] = False
    gradient_checkpointing: Annotated[bool, Meta(description="Less memory for a third more time.")] = True
    processes: Annotated[int, Meta(ge=1, le=64, description="Processes on a CPU, where gpus is 0.")] = 1
    deepspeed: Annotated[Literal["none", "zero2", "zero3"], Meta(description="Sharding over processes.")] = "none"
    lora_rank: Annotated[int, Meta(ge=0, le=512, description="Rank of LoRA adapters; 0 trains every weight.")] = 0
    lora_alpha: Annotated[float, Meta(gt=0, description="Scale of the LoRA adapters; needs lora_rank.")] = LORA_ALPHA
    log_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between points of a curve.")] = 10
    save_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between resumable checkpoints.")] = 200
    eval_every: Annotated[
        int,
        Meta(ge=0, lt=LARGE, description="Steps between measurements on held-out rows; 0 measures at the end."),
    ] = 0
    keep: Annotated[
        Literal["last", "best"], Meta(description="Weights to keep: best are those of the lowest held-out loss.")
    ] = "last"
    patience: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Stop after so many measurements without a lower loss; 0 never stops.")
    ] = 0

    @property
    def world(self) -> int:
        """Processes that train together."""
        return self.gpus or self.processes

    @property
    def device_batch_size(self) -> int:
        """Examples that one device holds at once."""
        return min(self.micro_batch_size, self.batch_size)

    @property
    def accumulation(self) -> int:
        """Micro batches for each optimiser step on one device."""
        return self.batch_size // (self.device_batch_size * self.world)

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        held = self.device_batch_size * self.world
        if self.batch_size % held:
            many = "gpus" if self.gpus else "processes"
            yield f"batch_size: {self.batch_size} must be a multiple of micro_batch_size × {many} = {held}"
        yield from self.rules_of_processes()
        if self.replace_template and self.template == "own":
            yield "replace_template: own is the template that is there; choose another, or leave it"
        if not self.max_steps:
            yield "max_steps: 0 trains nothing; use -1 for all epochs"
        if self.lora_alpha != LORA_ALPHA and not self.lora_rank:
            yield f"lora_alpha: scales adapters, and lora_rank 0 has none; leave {LORA_ALPHA:g} or set lora_rank"
        if self.keep == "best" and not self.eval_every:
            yield "keep: best needs measurements on the way; set eval_every"
        if self.patience and not self.eval_every:
            yield "patience: counts measurements on the way; set eval_every"

    def rules_of_processes(self) -> Iterator[str]:
        if self.gpus and self.processes > 1:
            yield "processes: each GPU has its process already; leave 1"
        if self.deepspeed != "none" and not self.gpus and self.processes < 2:
            yield "deepspeed: shards over gpus, or over several processes; use none on a CPU alone"
        if self.deepspeed != "none" and not self.gpus and self.precision != "fp32":
            yield "precision: DeepSpeed on a CPU needs fp32"


class Sft(Training, frozen=True, kw_only=True, tag="sft"):
    """Supervised finetuning on answers only. Also rejection sampling, and the matched control of DPO."""

    INPUTS = ("train",)

    template: Annotated[Template, Meta(description="Chat template; own is the checkpoint's.")] = "vicuna"
    loss_on: Annotated[
        Literal["last_answer", "every_answer"], Meta(description="Which assistant turns are learnt.")
    ] = "every_answer"


class Reward(Training, frozen=True, kw_only=True, tag="reward"):
    """Bradley-Terry reward model: a scalar head in place of the language model's."""

    INPUTS = ("train",)

    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 1e-5
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 1.0
    margin: Annotated[bool, Meta(description="Subtract the mean grade of a pair in the loss, as Llama 2 did.")] = False
    center: Annotated[float, Meta(ge=0, description="Weight that keeps rewards near zero; 0.01 if any.")] = 0.0


class Dpo(Training, frozen=True, kw_only=True, tag="dpo"):
    """Direct preference optimisation against a frozen reference."""

    PLUMBING = Spec.PLUMBING | {"reference"}
    INPUTS = ("train",)

    reference: Annotated[str, Meta(description="Reference checkpoint; empty takes the base.")] = ""
    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 5e-7
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 1.0
    warmup: Annotated[float, Meta(ge=0, lt=1, description="Share of the steps spent warming up.")] = 0.1
    beta: Annotated[float, Meta(gt=0, le=100, description="How dear it is to leave the reference.")] = BETA
    losses: Annotated[tuple[Loss, ...], Meta(min_length=1, description="Losses that are added up.")] = ("sigmoid",)
    loss_weights: Annotated[tuple[float, ...], Meta(min_length=1, description="A weight for each loss.")] = (1.0,)
    label_smoothing: Annotated[
        float,
        Meta(ge=0, lt=0.5, description=f"Share of labels believed wrong, with {', '.join(SMOOTHED)}."),
    ] = 0.0
    precompute_reference: Annotated[
        bool, Meta(description="Ask the reference once before training, and free its memory.")
    ] = False

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if len(self.losses) != len(self.loss_weights):
            yield f"loss_weights: give {len(self.losses)}, one for each loss in losses"
        if not all(weight > 0 for weight in self.loss_weights):
            yield "loss_weights: each must be above 0; leave out a loss that is not to count"
        yield from ignored_options(self.losses, self.beta, self.label_smoothing, self.device_batch_size)
