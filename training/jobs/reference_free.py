"""Losses that ask no reference: CPO (arXiv:2401.08417), SimPO (arXiv:2405.14734), ORPO (arXiv:2403.07691).

By TRL's DPO trainer, so that everything else of it holds: token ids as rows, the log-probabilities in chunks, LoRA,
several processes. TRL's experimental trainers of the three tokenise texts themselves and build every logit at once;
the tests hold these losses to theirs.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from datasets import Dataset
from torch.nn.functional import logsigmoid


class Settings(Protocol):
    """What a loss without a reference looks at."""

    @property
    def losses(self) -> Sequence[str]: ...
    @property
    def loss_weights(self) -> Sequence[float]: ...
    @property
    def beta(self) -> float: ...
    @property
    def label_smoothing(self) -> float: ...
    @property
    def simpo_gamma(self) -> float: ...


def loss_of(name: str, said: Sequence[torch.Tensor], lengths: Sequence[torch.Tensor], spec: Settings) -> torch.Tensor:
    """Of each pair, shape (pairs,). `said` are summed log-probabilities, of the chosen responses and the rejected."""
    if name == "sft":
        # As TRL's: the mean over all chosen tokens that a device holds.
        return (-said[0].sum() / lengths[0].sum()).expand(len(said[0]))
    if name == "cpo":
        return smoothed(spec.beta * (said[0] - said[1]), spec.label_smoothing)
    chosen, rejected = (logps / length for logps, length in zip(said, lengths, strict=True))
    if name == "simpo":
        return smoothed(spec.beta * (chosen - rejected) - spec.simpo_gamma, spec.label_smoothing)
    return -logsigmoid(log_odds(chosen) - log_odds(rejected))


def smoothed(margin: torch.Tensor, flipped: float) -> torch.Tensor:
    return -logsigmoid(margin) * (1 - flipped) - logsigmoid(-margin) * flipped


def log_odds(logps: torch.Tensor) -> torch.Tensor:
    """log(p / (1 - p)) of p = exp(logps)."""
    return logps - torch.log1p(-torch.exp(logps))


class ReferenceFree:
    """To be named before TRL's DPO trainer among the bases of a class; its `spec` is set before it trains."""

    spec: Settings

    def _precompute_ref_logps(self, dataset: Dataset, *_: Any) -> Dataset:
        """Told that the reference was asked before, TRL loads none; there is nothing to ask."""
        return dataset

    def _compute_loss(self: Any, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
        """The loss as a scalar; the batch holds the chosen responses first, then as many rejected ones."""
        mask = inputs["completion_mask"]
        asked = {name: inputs[name] for name in ("input_ids", "attention_mask")}
        if self.aux_loss_enabled:
            asked["output_router_logits"] = True
        labels = inputs["input_ids"].masked_fill(mask == 0, -100)
        outputs = model(**asked, labels=labels, use_cache=False, fused_lm_head=True)
        said, lengths = outputs.log_probs.sum(1).chunk(2), mask[:, 1:].sum(1).chunk(2)
        weighed = zip(self.spec.losses, self.spec.loss_weights, strict=True)
        loss = sum(loss_of(name, said, lengths, self.spec).mean() * weight for name, weight in weighed)
        if self.aux_loss_enabled:
            loss = loss + self.router_aux_loss_coef * outputs.aux_loss
        self.tell(curves([logps.detach() for logps in said], lengths, self.spec), inputs["attention_mask"])
        return (loss, outputs) if return_outputs else loss

    def tell(self: Any, found: dict[str, torch.Tensor], tokens: torch.Tensor) -> None:
        """Means over all processes, and how many tokens were learnt from so far."""
        mode = "train" if self.model.training else "eval"
        for name, values in found.items():
            self._metrics[mode][name].append(self.accelerator.gather(values).mean().item())
        if mode == "train":
            self._total_train_tokens += self.accelerator.gather_for_metrics(tokens.sum()).sum().item()
        self._metrics[mode]["num_tokens"] = [self._total_train_tokens]


def curves(said: Sequence[torch.Tensor], lengths: Sequence[torch.Tensor], spec: Settings) -> dict[str, torch.Tensor]:
    """What DPO's curves hold, of each pair. A reward is β times what the loss compares: of CPO the sum over tokens."""
    compared = [logps if "cpo" in spec.losses else logps / length for logps, length in zip(said, lengths, strict=True)]
    chosen, rejected = (spec.beta * each for each in compared)
    return {
        "rewards/chosen": chosen,
        "rewards/rejected": rejected,
        "rewards/margins": chosen - rejected,
        "rewards/accuracies": (chosen > rejected).float(),
        "logps/chosen": said[0],
        "logps/rejected": said[1],
    }
