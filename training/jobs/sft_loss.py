"""Loss of SFT by token weights, and whether a model keeps rows apart that lie behind each other in a batch."""

from dataclasses import dataclass
from typing import Any

import torch
from trl import SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from training.jobs.watching import Watched
from training.specs import SpecError

WEIGHTS = "weights"
# Between the probabilities of a row alone and behind another: rounding makes less, attention over the border more.
APART = {torch.float32: 1e-3, torch.bfloat16: 0.05, torch.float16: 0.05}


class Trainer(Watched, SFTTrainer):
    """TRL's, watched."""


@dataclass
class WeightedCollator(DataCollatorForLanguageModeling):
    """TRL's, with the weight of each token; padding has none."""

    def torch_call(self, examples: list[dict[str, Any]]) -> dict[str, Any]:
        found = super().torch_call(examples)
        weights = torch.zeros(found["labels"].shape)
        for row, example in enumerate(examples):
            weights[row, : len(example[WEIGHTS])] = torch.tensor(example[WEIGHTS])
        return {**found, WEIGHTS: weights}


class WeightedTrainer(Trainer):
    """The loss is the mean over tokens by their weights, over all that an optimiser step sees."""

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        weights = inputs.pop(WEIGHTS)[:, 1:]
        passes: list[Any] = []

        def forward(**given: Any) -> Any:
            # TRL's measures are taken of the same pass; it gives the logits back, and not what it computed of them.
            passes.append(model(**given))
            return passes[-1]

        super().compute_loss(forward, inputs, num_items_in_batch=num_items_in_batch)
        outputs = passes[-1]
        total = weights.sum() if num_items_in_batch is None else num_items_in_batch
        loss = -(outputs.log_probs[:, : weights.shape[1]] * weights).sum() / torch.as_tensor(total).clamp(min=1e-6)
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            loss = loss * self.accelerator.num_processes
        return (loss, outputs) if return_outputs else loss

    def _get_num_items_in_batch(self, batch_samples: list[Any], device: torch.device) -> torch.Tensor | None:
        """The weights of all tokens in place of their number."""
        if not batch_samples:
            return None
        total = sum(batch[WEIGHTS][:, 1:].sum() for batch in batch_samples).to(device)
        if self.args.average_tokens_across_devices and self.args.world_size > 1:
            total = self.accelerator.gather(total).sum()
        return total


@torch.no_grad()
def refuse_leaks(model: Any) -> None:
    """Raises SpecError where a row behind another in one batch is read otherwise than alone."""
    ids = torch.arange(12, device=model.device)[None] % model.config.get_text_config().vocab_size
    places = torch.arange(6, device=model.device)[None]
    training = model.training
    model.eval()
    alone = model(input_ids=ids[:, 6:], position_ids=places, use_cache=False).logits
    behind = model(input_ids=ids, position_ids=torch.cat([places, places], 1), use_cache=False).logits[:, 6:]
    model.train(training)
    if (alone.softmax(-1) - behind.softmax(-1)).abs().max() > APART.get(model.dtype, 1e-3):
        raise SpecError("batches", "this model's attention reads over the border of rows in one batch; use padded")
