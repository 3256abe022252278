"""How large the Xwin recipe is: how much of everything, and the settings of each stage, which a person may change.

For real models a figure is that of a neighbouring recipe, since the paper's body names none: SFT as Vicuna (2e-5,
batch 128, 3 epochs), DPO as its reference code and Zephyr (5e-7, beta 0.1, one epoch), with LoRA ten times the rate.
What depends on the machine only (cards, micro batches, sharding) is chosen for cards of 80 GB.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Draws:
    """Which prompts are answered for what: the first `judged`, the next `sets`, and `choices` in every round."""

    judged: int
    sets: int
    set_size: int
    choices: int


@dataclass(frozen=True)
class Size:
    """`draws` where the number of prompts is known beforehand. `again` is for training that follows SFT."""

    about: str
    sft: Settings
    again: Settings
    reward: Settings
    fresh_reward: Settings
    dpo: Settings
    sampling: Settings
    scoring: Settings
    evaluation: tuple[Settings, ...]
    draws: Draws | None = None
    create: Settings = field(default_factory=dict)
    pairs_per_prompt: int = 4
    keep: int = 1

    @property
    def is_toy(self) -> bool:
        return bool(self.create)

    def divided(self, prompts: int) -> Draws:
        """A third of the prompts for preferences, the rest for Xwin-Set; a round draws from the second half."""
        judged = max(1, prompts // 3)
        return self.draws or Draws(judged, max(1, prompts - judged), 64, max(1, prompts // 2))


# One thread: models this small gain little from a second one, and lose much where it has to be shared.
ON_CPU = {"gpus": 0, "precision": "fp32", "threads": 1}
TINY = ON_CPU | {"template": "own", "gradient_checkpointing": False, "max_length": 256}
SMALL_STEPS = TINY | {"batch_size": 16, "micro_batch_size": 16, "warmup": 0.05, "epochs": 2.0}
LARGE_STEPS = TINY | {"batch_size": 32, "micro_batch_size": 32, "warmup": 0.1, "epochs": 2.0}
# Plain draws, not distinct ones: an evaluation takes what the model says.
TOY_EVALUATION: tuple[Settings, ...] = (
    {"name": "sampled", "prompts": "held_out", "n": 4, "distinct": False},
    {"name": "greedy", "prompts": "held_out", "n": 1, "temperature": 0.0},
)
EVALUATION: tuple[Settings, ...] = (
    {"name": "sampled", "prompts": "held_out", "n": 1, "temperature": 0.7, "distinct": False},
)


def toy(about: str, draws: Draws, width: int, layers: int) -> Size:
    return Size(
        about,
        create=ON_CPU | {"width": width, "layers": layers},
        sft=SMALL_STEPS | {"learning_rate": 3e-3},
        again=SMALL_STEPS | {"learning_rate": 4e-4},
        reward=SMALL_STEPS | {"learning_rate": 5e-4},
        fresh_reward=SMALL_STEPS | {"learning_rate": 4e-4},
        dpo=LARGE_STEPS
        | {"learning_rate": 4e-4, "beta": 0.5, "losses": ["sigmoid", "sft"], "loss_weights": [1.0, 1.0]},
        sampling=ON_CPU | {"engine": "transformers", "max_tokens": 80, "batch_size": 384, "chunk": 128},
        scoring=ON_CPU | {"engine": "transformers"},
        evaluation=TOY_EVALUATION,
        draws=draws,
        keep=2,
    )


def real(about: str, on: Settings, sampling: Settings, rate: float = 1.0) -> Size:
    """A real model; `on` says how its training lies on the cards, and `rate` multiplies the usual learning rates."""
    sft = dict(on) | {"learning_rate": 2e-5 * rate, "epochs": 3.0, "batch_size": 128, "max_length": 2048}
    reward = dict(on) | {"learning_rate": 1e-5 * rate, "epochs": 1.0, "batch_size": 64, "max_length": 2048}
    return Size(
        about,
        sft=sft,
        again=sft | {"epochs": 2.0},
        reward=reward,
        fresh_reward=reward | {"learning_rate": 5e-6 * rate},
        dpo=dict(on)
        | {"learning_rate": 5e-7 * rate, "epochs": 1.0, "batch_size": 64, "max_length": 2048, "beta": 0.1},
        sampling=dict(sampling) | {"max_tokens": 1024},
        scoring=dict(sampling) | {"max_length": 4096},
        evaluation=EVALUATION,
    )


SIZES = {
    "toy": toy("Tiny models in a made-up world: minutes on two cores.", Draws(1500, 300, 64, 1200), 128, 2),
    "trial": toy("Learns nothing; for trying the machinery.", Draws(16, 4, 6, 8), 16, 1),
    "7b-lora": real(
        "7B on one GPU of 80 GB, by LoRA.",
        {"gpus": 1, "lora_rank": 64, "lora_alpha": 128.0, "micro_batch_size": 4},
        {"gpus": 1},
        rate=10.0,
    ),
    "7b": real(
        "7B on eight GPUs of 80 GB, every weight.",
        {"gpus": 8, "sharding": "zero2", "micro_batch_size": 4},
        {"gpus": 8},
    ),
    "13b": real(
        "13B on eight GPUs of 80 GB, every weight.",
        {"gpus": 8, "sharding": "zero3", "micro_batch_size": 4},
        {"gpus": 8},
    ),
    "70b-lora": real(
        "70B on eight GPUs of 80 GB, by LoRA and ZeRO-3.",
        {"gpus": 8, "sharding": "zero3", "lora_rank": 64, "lora_alpha": 128.0, "micro_batch_size": 1},
        {"gpus": 8},
        rate=5.0,
    ),
}
