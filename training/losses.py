"""The losses of DPO and the options that each reads, so that none is given in vain. Knows nothing of torch.

Read in TRL 1.16, `DPOTrainer._compute_loss`; those without a reference are `training.jobs.reference_free`. The tests
change each option and hold the table to what comes of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

Loss = Literal[
    "sigmoid", "hinge", "ipo", "exo_pair", "nca_pair", "robust", "bco_pair", "sppo_hard",
    "aot", "aot_unpaired", "apo_zero", "apo_down", "discopop", "sft", "sigmoid_norm", "cpo", "simpo", "orpo",
]  # fmt: skip
Divergence = Literal["reverse_kl", "forward_kl", "js_divergence", "alpha_divergence"]
# Each is the policy's alone, and none of them goes with a loss that asks a reference.
REFERENCE_FREE = frozenset({"cpo", "simpo", "orpo"})
# TRL knows no other divergence in the losses that take the two rewards apart.
OF_DIFFERENCES = frozenset({"sigmoid", "sigmoid_norm", "hinge", "ipo", "exo_pair", "robust", "discopop"})
SMOOTHED = ("exo_pair", "robust", "aot", "aot_unpaired", "cpo", "simpo")
# They sort the pairs that a device holds at once: a pair alone has no order.
SORTING = frozenset({"aot", "aot_unpaired"})
# Where pairs are weighed, TRL refuses those, since a weight would meet another pair, and fails with `sft`.
UNWEIGHED = SORTING | {"sft"}
WITH_REFERENCE = frozenset(get_args(Loss)) - REFERENCE_FREE

BETA = 0.1
DEFAULTS: dict[str, Any] = {
    "beta": BETA,
    "label_smoothing": 0.0,
    "divergence": "reverse_kl",
    "divergence_alpha": 0.5,
    "ld_alpha": 1.0,
    "wpo_weights": False,
    "discopop_tau": 0.05,
    "simpo_gamma": 0.5,
}
# The losses that read an option; `divergence_alpha` is read by one divergence.
READERS: dict[str, frozenset[str]] = {
    "beta": frozenset(get_args(Loss)) - {"sft", "orpo"},
    "label_smoothing": frozenset(SMOOTHED),
    "divergence": OF_DIFFERENCES,
    "divergence_alpha": OF_DIFFERENCES,
    "ld_alpha": WITH_REFERENCE - {"sft"},
    "wpo_weights": WITH_REFERENCE - UNWEIGHED,
    "discopop_tau": frozenset({"discopop"}),
    "simpo_gamma": frozenset({"simpo"}),
}


def is_reference_free(losses: Sequence[str]) -> bool:
    return not REFERENCE_FREE.isdisjoint(losses)


def ignored_options(losses: Sequence[Loss], given: Mapping[str, Any], device_batch_size: int) -> Iterator[str]:
    """Options that no loss reads or that one cannot do without; each line begins with the option's name.

    `given` has a value for each option of DEFAULTS.
    """
    changed = {option for option, default in DEFAULTS.items() if given[option] != default}
    yield from rules_of_losses(losses)
    for option in sorted(changed):
        if READERS[option].isdisjoint(losses):
            yield (
                f"{option}: {' and '.join(losses)} would ignore it; leave {shown(DEFAULTS[option])}, or take a loss of"
                f" {', '.join(sorted(READERS[option]))}"
            )
    if "divergence_alpha" in changed and given["divergence"] != "alpha_divergence":
        yield "divergence_alpha: is read by alpha_divergence only; choose that divergence, or leave 0.5"
    if "divergence" in changed and (others := sorted(set(losses) - OF_DIFFERENCES - {"sft"})):
        yield f"divergence: {' and '.join(others)} only has reverse_kl; leave that, or take another loss"
    if "wpo_weights" in changed and (without := sorted(UNWEIGHED & set(losses))):
        yield f"wpo_weights: {' and '.join(without)} cannot weigh single pairs; leave it off, or take another loss"
    if "exo_pair" in losses and not given["label_smoothing"]:
        yield "label_smoothing: exo_pair needs it above 0; its paper recommends 0.001"
    if device_batch_size < 2 and SORTING & set(losses):
        yield "micro_batch_size: aot and aot_unpaired sort the pairs that a device holds at once; use 2 or more"


def rules_of_losses(losses: Sequence[Loss]) -> Iterator[str]:
    if len(set(losses)) < len(losses):
        yield "losses: a loss is named twice; name it once with the sum of its weights"
    free = next((loss for loss in losses if loss in REFERENCE_FREE), None)
    if free and (others := [loss for loss in losses if loss not in (free, "sft")]):
        yield f"losses: {free} asks no reference and goes with sft alone; leave out {' and '.join(others)}"
    if "orpo" in losses and "sft" not in losses:
        yield 'losses: orpo is the odds ratio alone; add sft, as in losses ["sft", "orpo"] with loss_weights [1, 0.1]'


def shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool | str) else f"{value:g}"
