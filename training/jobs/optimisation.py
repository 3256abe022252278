"""The optimiser and the course of its learning rate, as transformers has them."""

from collections.abc import Mapping
from math import ceil
from typing import Any

from training.specs import Training

# transformers' names. Its fused AdamW is torch's, and goes on processors as on GPUs.
OPTIMIZERS = {
    "adamw": "adamw_torch_fused",
    "adamw_8bit": "adamw_bnb_8bit",
    "paged_adamw": "paged_adamw_32bit",
    "paged_adamw_8bit": "paged_adamw_8bit",
    "adafactor": "adafactor",
}
DECAY_STEPS = "num_decay_steps"


def optimisation(spec: Training) -> dict[str, Any]:
    """Keyword arguments for any of TRL's configurations."""
    return {
        "optim": OPTIMIZERS[spec.optimizer],
        "learning_rate": spec.learning_rate,
        "adam_beta1": spec.adam_beta1,
        "adam_beta2": spec.adam_beta2,
        "adam_epsilon": spec.adam_epsilon,
        "weight_decay": spec.weight_decay,
        "max_grad_norm": spec.max_grad_norm,
        "num_train_epochs": spec.epochs,
        "max_steps": spec.max_steps,
        "lr_scheduler_type": schedule(spec),
        "lr_scheduler_kwargs": schedule_arguments(spec),
        # Below 1 it is a share.
        "warmup_steps": spec.warmup_steps or spec.warmup,
    }


def schedule(spec: Training) -> str:
    """transformers has a cosine of its own for one that ends above zero."""
    return "cosine_with_min_lr" if spec.schedule == "cosine" and spec.min_learning_rate else spec.schedule


def schedule_arguments(spec: Training) -> dict[str, Any]:
    match spec.schedule:
        case "cosine" if spec.min_learning_rate:
            return {"min_lr": spec.min_learning_rate}
        case "cosine_with_restarts":
            return {"num_cycles": spec.cycles}
        case "polynomial":
            return {"lr_end": spec.min_learning_rate, "power": spec.power}
        case "warmup_stable_decay":
            lowest = spec.min_learning_rate / spec.learning_rate
            return {DECAY_STEPS: spec.decay, "decay_type": spec.decay_shape, "min_lr_ratio": lowest}
    return {}


def in_steps(arguments: Mapping[str, Any] | None, steps: int) -> dict[str, Any]:
    """The same with a share of the steps spent decaying as their number, as transformers does with warm-up."""
    known = dict(arguments or {})
    # DeepSpeed's optimiser has its scheduler made twice.
    if isinstance(known.get(DECAY_STEPS), float):
        known[DECAY_STEPS] = ceil(known[DECAY_STEPS] * steps)
    return known
