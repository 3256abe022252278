"""Bradley-Terry by rows: soft labels, weights, and what a reward model says of the held-out rows while it trains."""

from dataclasses import dataclass
from typing import Any

import torch
from torch.nn.functional import logsigmoid
from trl import RewardTrainer
from trl.trainer.reward_trainer import DataCollatorForPreference

from training.jobs.reward_accuracy import by_the_way
from training.jobs.watching import Watched
from training.specs import Reward

# What a batch brings beside the ids.
AGREEMENT, WEIGHT, PLACE = "agreement", "weight", "place"
ABOUT = (AGREEMENT, WEIGHT, PLACE)


@dataclass
class Collator(DataCollatorForPreference):
    """TRL's, with the columns that the loss weighs by and the place of each row."""

    def torch_call(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        kinds = {AGREEMENT: torch.float, WEIGHT: torch.float, PLACE: torch.long}
        about = {
            name: torch.tensor([example[name] for example in examples], dtype=kind) for name, kind in kinds.items()
        }
        return {**super().torch_call(examples), **about}


class Trainer(Watched, RewardTrainer):
    """TRL's, watched, with a loss of its own where labels are soft or pairs weigh differently."""

    def __init__(self, *given: Any, spec: Reward, **named: Any) -> None:
        self.spec = spec
        self.gaps = dict[int, float]()
        super().__init__(*given, **named)

    def compute_loss(self, model: Any, inputs: Any, return_outputs: bool = False, **named: Any) -> Any:
        about = {name: inputs.pop(name) for name in ABOUT}
        loss, outputs = super().compute_loss(model, inputs, return_outputs=True, **named)
        chosen, rejected = torch.chunk(outputs.logits.squeeze(-1), chunks=2)
        if self.spec.labels == "soft" or self.spec.weights != "equal":
            loss = self.weighed_loss(chosen, rejected, about, inputs.get("margin"))
        if not self.model.training:
            self.note(about[PLACE], chosen - rejected)
        return (loss, outputs) if return_outputs else loss

    def weighed_loss(
        self, chosen: torch.Tensor, rejected: torch.Tensor, about: dict[str, torch.Tensor], margin: Any
    ) -> torch.Tensor:
        """Cross-entropy of σ(chosen − rejected − margin) and the share of the votes, weighed by pair.

        With hard labels and equal weights it is TRL's.
        """
        gap = chosen - rejected if margin is None else chosen - rejected - margin
        share = about[AGREEMENT] if self.spec.labels == "soft" else torch.ones_like(gap)
        losses = -(share * logsigmoid(gap) + (1 - share) * logsigmoid(-gap))
        loss = (about[WEIGHT] * losses).mean()
        return loss + self.spec.center * ((chosen + rejected) ** 2).mean()

    def note(self, places: torch.Tensor, gaps: torch.Tensor) -> None:
        """Of the rows of all processes; those that only fill a batch overwrite themselves."""
        found = self.accelerator.gather_for_metrics((places, gaps.detach().float()))
        self.gaps.update(zip(found[0].tolist(), found[1].tolist(), strict=True))

    def evaluate(self, *given: Any, **named: Any) -> Any:
        self.gaps.clear()
        return super().evaluate(*given, **named)

    def log(self, logs: dict[str, float], *given: Any, **named: Any) -> None:
        if "eval_loss" in logs:
            logs |= by_the_way(self.eval_dataset, self.gaps)
        super().log(logs, *given, **named)
