"""What a run will need of each GPU, estimated at its launch, and whether a machine has that."""

from collections.abc import Mapping
from typing import Any

from training import specs
from training.models import Checkpoint, Run
from training.recipes.plans import machine
from training.runs import machines
from training.runs.kinds import KINDS, Queue
from training.worker import packages

SMALLER = (
    "Weights, gradients and optimiser would not fit. Train with LoRA, share them out over more GPUs (ZeRO-3; where"
    " responses are sampled or scored, tensor_parallel), or set gpu_size to what you know it needs."
)


def estimate(kind: str, settings: Mapping[str, Any], checkpoint: Checkpoint | None) -> dict[str, float]:
    """`gpu_gb`: weights, gradients, optimiser and reference on each GPU, activations not counted. Empty where the
    run has no GPU or its model's size is not known.
    """
    if not settings.get("gpus") or KINDS[kind].queue != Queue.GPU or not checkpoint or not checkpoint.parameters:
        return {}
    if settings.get("offload") == "all" or str(settings.get("optimizer", "")).startswith("paged"):
        # It leaves a GPU that is full for the machine's memory, so it needs no more than there is.
        return {}
    needed = machine.memory(specs.parse(kind, dict(settings)), checkpoint.parameters)
    return {"gpu_gb": round(needed / 1e9, 1)}


def errors(kind: str, settings: Mapping[str, Any], estimated: Mapping[str, float]) -> dict[str, str]:
    """Where no machine that is on could ever run it."""
    if KINDS[kind].queue != Queue.GPU:
        return {}
    asked, known = Run(kind=kind, spec={"settings": dict(settings), "estimate": dict(estimated)}), machines.alive()
    words = machines.nowhere(asked, known)
    if not words:
        return {}
    if any(machines.has_gpus(asked, machine) for machine in known):
        return {next(packages.asking(settings), "kind"): words}
    many = Run(spec={"settings": {"gpus": settings["gpus"]}})
    if any(machines.has_gpus(many, machine) for machine in known):
        return {"gpu_size": f"{words} {SMALLER}"}
    return {"gpus": f"{words} Choose fewer, or start a worker where there are enough."}
