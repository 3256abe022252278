"""How fast a trainer goes and what its card does, as metrics at each step that is logged."""

import time
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import torch


class Pace:
    """Tokens a second since the step that was logged before; memory and use of this process's card, if it has one."""

    def __init__(self) -> None:
        self.at, self.tokens = time.monotonic(), 0.0

    def measured(self, logs: dict[str, Any]) -> dict[str, float]:
        """`num_tokens` of the logs counts those of all processes since the run began, padding apart."""
        return self.tokens_per_second(logs) | card()

    def tokens_per_second(self, logs: dict[str, Any]) -> dict[str, float]:
        if "num_tokens" not in logs:
            return {}
        now, tokens = time.monotonic(), float(logs["num_tokens"])
        # The first step after a start also counts what was learnt before that start.
        known, seconds, learnt = self.tokens, now - self.at, tokens - self.tokens
        self.at, self.tokens = now, tokens
        return {"tokens_per_second": learnt / seconds} if known and seconds > 0 else {}


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
