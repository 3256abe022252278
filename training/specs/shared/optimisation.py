"""How weights are changed: the optimiser, and the course of its learning rate."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from training.specs.head import LARGE
from training.specs.mixtures import Mixed

Schedule = Literal[
    "cosine",
    "linear",
    "constant",
    "constant_with_warmup",
    "cosine_with_restarts",
    "polynomial",
    "inverse_sqrt",
    "warmup_stable_decay",
]
Optimizer = Literal["adamw", "adamw_8bit", "paged_adamw", "paged_adamw_8bit", "adafactor"]
# Schedules that can end above zero.
WITH_MINIMUM = ("cosine", "polynomial", "warmup_stable_decay")
# The schedule that alone reads a setting.
READS = {
    "cycles": "cosine_with_restarts",
    "power": "polynomial",
    "decay": "warmup_stable_decay",
    "decay_shape": "warmup_stable_decay",
}


class Optimisation(Mixed, frozen=True, kw_only=True):
    THEME: ClassVar[str] = "Optimiser and learning rate"

    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 2e-5
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 3.0
    max_steps: Annotated[
        int, Meta(ge=-1, lt=LARGE, description="Train so many steps, whatever epochs says; -1 trains all epochs.")
    ] = -1
    batch_size: Annotated[
        int, Meta(ge=1, lt=LARGE, description="Examples for each optimiser step, over all processes.")
    ] = 128
    schedule: Annotated[Schedule, Meta(description="Course of the learning rate, as transformers has it.")] = "cosine"
    warmup: Annotated[float, Meta(ge=0, lt=1, description="Share of the steps spent warming up.")] = 0.03
    warmup_steps: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Steps spent warming up, in place of a share; 0 takes warmup.")
    ] = 0
    min_learning_rate: Annotated[
        float, Meta(ge=0, le=1, description=f"The rate at the end, with {', '.join(WITH_MINIMUM)}.")
    ] = 0.0
    cycles: Annotated[
        int, Meta(ge=1, le=1000, description="Times that cosine_with_restarts falls from the highest rate.")
    ] = 1
    power: Annotated[float, Meta(gt=0, le=100, description="Exponent of polynomial; 1 is a straight line.")] = 1.0
    decay: Annotated[float, Meta(gt=0, le=1, description="Share of the steps in which warmup_stable_decay falls.")] = (
        0.1
    )
    decay_shape: Annotated[
        Literal["cosine", "linear", "1-sqrt"], Meta(description="How warmup_stable_decay falls.")
    ] = "cosine"
    optimizer: Annotated[
        Optimizer,
        Meta(description="8 bits hold AdamW's moments in a quarter of the memory; paged ones leave a full GPU."),
    ] = "adamw"
    adam_beta1: Annotated[float, Meta(ge=0, lt=1, description="Decay of AdamW's mean of gradients.")] = 0.9
    adam_beta2: Annotated[float, Meta(ge=0, lt=1, description="Decay of AdamW's mean of squares.")] = 0.999
    adam_epsilon: Annotated[float, Meta(gt=0, le=1, description="Keeps AdamW from dividing by zero.")] = 1e-8
    weight_decay: Annotated[float, Meta(ge=0, description="Decay of the weights in each step.")] = 0.0
    max_grad_norm: Annotated[float, Meta(gt=0, description="Gradients are clipped to this norm.")] = 1.0

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if not self.max_steps:
            yield "max_steps: 0 trains nothing; use -1 for all epochs"
        if self.min_learning_rate and self.schedule not in WITH_MINIMUM:
            yield f"min_learning_rate: {self.schedule} has none; leave 0, or choose {', '.join(WITH_MINIMUM)}"
        if self.min_learning_rate >= self.learning_rate:
            yield f"min_learning_rate: must be below learning_rate, {self.learning_rate:g}"
        if self.schedule == "constant" and self.warmup_steps:
            yield "warmup_steps: constant does not warm up; choose constant_with_warmup"
        if self.schedule == "warmup_stable_decay" and not self.warmup_steps and self.warmup + self.decay > 1:
            yield "decay: it and warmup are shares of the same steps; together they are at most 1"
        for name, schedule in READS.items():
            if getattr(self, name) != DEFAULTS[name] and self.schedule != schedule:
                yield f"{name}: only {schedule} reads it; choose that schedule, or leave {DEFAULTS[name]}"
        if self.optimizer == "adafactor":
            for name in ("adam_beta1", "adam_beta2", "adam_epsilon"):
                if getattr(self, name) != DEFAULTS[name]:
                    yield f"{name}: Adafactor has none; leave {DEFAULTS[name]:g}, or choose an AdamW"
        if self.optimizer.startswith("paged") and not self.gpus:
            yield "optimizer: memory is paged between a GPU and the machine; on a CPU use adamw or adamw_8bit"


DEFAULTS = dict(zip(Optimisation.__struct_fields__, Optimisation.__struct_defaults__, strict=True))
