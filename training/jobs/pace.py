"""How fast a trainer goes and what its card does, as metrics at each step that is logged."""

import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch

from training import cards
from training.specs import Training

# Kaplan et al. 2020, "Scaling laws", section 2.1: operations for a token and a weight. A weight that is not trained
# has no gradient of its own, only one that is passed on.
FORWARD, PASSED_ON, GRADIENT = 2, 2, 2


class Pace:
    """Tokens a second since the step that was logged before; memory and use of this process's card, if it has one."""

    def __init__(self) -> None:
        self.at, self.tokens = time.monotonic(), 0.0
        # Operations for a token, as a share of what all cards can do in a second; 0 where that is not known.
        self.share_of_peak = 0.0

    def know(self, spec: Training, parameters: int) -> None:
        """Of how many weights the model is, so that it can be said which share of the cards' peak is used."""
        top = peak(spec)
        self.share_of_peak = operations(spec, parameters) / (top * spec.world) if top else 0.0

    def measured(self, logs: dict[str, Any]) -> dict[str, float]:
        """`num_tokens` of the logs counts those of all processes since the run began, padding apart."""
        found = self.tokens_per_second(logs)
        if found and self.share_of_peak:
            found["mfu"] = found["tokens_per_second"] * self.share_of_peak
        return found | card()

    def tokens_per_second(self, logs: dict[str, Any]) -> dict[str, float]:
        if "num_tokens" not in logs:
            return {}
        now, tokens = time.monotonic(), float(logs["num_tokens"])
        # The first step after a start also counts what was learnt before that start.
        known, seconds, learnt = self.tokens, now - self.at, tokens - self.tokens
        self.at, self.tokens = now, tokens
        return {"tokens_per_second": learnt / seconds} if known and seconds > 0 else {}


def operations(spec: Training, parameters: int) -> float:
    """For each token that is learnt from: of the weights, without attention over what came before.

    What is computed again to save memory counts once, and what DPO's reference reads does not count.
    """
    return parameters * (FORWARD + PASSED_ON + (0 if spec.lora_rank else GRADIENT))


def peak(spec: Training) -> float | None:
    """Operations a second of this process's card; None where there is none, it is not known, or numbers are fp32."""
    if not torch.cuda.is_available() or spec.precision == "fp32":
        return None
    return cards.peak(torch.cuda.get_device_name())


def card() -> dict[str, float]:
    """GiB in use, and the share of the last moments in which the card was busy; nothing where there is no card."""
    if not torch.cuda.is_available():
        return {}
    free, total = torch.cuda.mem_get_info()
    return {"gpu_memory_gib": (total - free) / 2**30} | busy()


def busy() -> dict[str, float]:
    """Where the driver's library is at hand; a slice of a card (MIG) has no such figure."""
    if find_spec("pynvml") is None:
        return {}
    try:
        return {"gpu_busy": torch.cuda.utilization() / 100}
    except import_module("pynvml").NVMLError:
        return {}
