"""The losses of DPO and the options that each reads, so that none is given in vain. Knows nothing of torch.

Read in TRL 1.16, `DPOTrainer._compute_loss`; the tests change each option and hold the table to what comes of it.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, get_args

Loss = Literal[
    "sigmoid", "hinge", "ipo", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard",
    "aot", "aot_unpaired", "apo_zero", "apo_down", "discopop", "sft", "sigmoid_norm",
]  # fmt: skip
BETA = 0.1
DEFAULTS = {"beta": BETA, "label_smoothing": 0.0}
SMOOTHED = ("exo_pair", "robust", "aot", "aot_unpaired")
READ: dict[str, frozenset[str]] = {
    **dict.fromkeys(get_args(Loss), frozenset({"beta"})),
    **dict.fromkeys(SMOOTHED, frozenset({"beta", "label_smoothing"})),
    "sft": frozenset(),
}
# They sort the pairs that a device holds at once: a pair alone has no order.
SORTING = frozenset({"aot", "aot_unpaired"})


def ignored_options(
    losses: Sequence[Loss], beta: float, label_smoothing: float, device_batch_size: int
) -> Iterator[str]:
    """Options that no loss reads or that one cannot do without; each line begins with the option's name."""
    if len(set(losses)) < len(losses):
        yield "losses: a loss is named twice; name it once with the sum of its weights"
    for option, value in {"beta": beta, "label_smoothing": label_smoothing}.items():
        if value != DEFAULTS[option] and not any(option in READ[loss] for loss in losses):
            readers = ", ".join(SMOOTHED) if option == "label_smoothing" else "every loss but sft"
            given = " and ".join(losses)
            yield f"{option}: {given} would ignore it; leave {DEFAULTS[option]:g}, or take a loss of {readers}"
    if "exo_pair" in losses and not label_smoothing:
        yield "label_smoothing: exo_pair needs it above 0; its paper recommends 0.001"
    if device_batch_size < 2 and SORTING & set(losses):
        yield "micro_batch_size: aot and aot_unpaired sort the pairs that a device holds at once; use 2 or more"
