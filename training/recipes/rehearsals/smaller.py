"""The settings of a stage as a rehearsal has them: all that decides memory and form stays, the amount does not."""

from math import lcm
from typing import Any

from training.recipes.rehearsals.rows import ROWS
from training.runs.kinds import KINDS
from training.specs import Online, Training

# The second step has the optimiser's state beside the activations: it needs all the memory that training needs.
STEPS = 2
# Micro batches of a step: from the second on, activations lie beside gradients.
MICRO_BATCHES = 2
DRAWN = 4
Settings = dict[str, Any]


def smaller(kind: str, settings: Settings, steps: int = STEPS, whole_batches: bool = False) -> Settings:
    """Of settings that were checked."""
    if "draws" in settings:
        return settings | {"draws": [draw | few(draw) for draw in settings["draws"]]}
    if kind == "lm_eval":
        return settings | {"limit": min(settings["limit"] or ROWS, ROWS)}
    wanted = KINDS[kind].settings
    if not issubclass(wanted, Training):
        return settings
    short = settings | {"max_steps": steps, "log_every": 1}
    if whole_batches:
        # What is measured or saved on the way would be reckoned to a step.
        return short | {"save_every": steps + 1, "eval_every": 0, "keep": "last", "patience": 0}
    spec = wanted(**settings)
    batch = spec.device_batch_size * spec.world * min(spec.accumulation, MICRO_BATCHES)
    if isinstance(spec, Online):
        # Its answers come in groups of so many to a prompt.
        batch = lcm(batch, spec.n)
    measured = 1 if settings["eval_every"] else 0
    return short | {"batch_size": batch, "save_every": steps, "eval_every": measured}


def few(draw: Settings) -> Settings:
    return {"first": 0, "limit": ROWS, "n": min(draw["n"], DRAWN)}


def rows_wanted(kind: str, settings: Settings) -> int:
    """How many rows fill the batches of a training; 0 for what reads as many as there are."""
    return settings["batch_size"] if issubclass(KINDS[kind].settings, Training) else 0
