"""DeepSpeed's configuration of one run: what the settings say, and what else its own JSON adds."""

from collections.abc import Mapping
from typing import Any

from training.specs import Training

STAGE = {"zero1": 1, "zero2": 2, "zero3": 3}
ZERO3 = {
    "stage3_prefetch_bucket_size": "auto",
    "stage3_param_persistence_threshold": "auto",
    "stage3_gather_16bit_weights_on_model_save": True,
}
IN_MEMORY = {"device": "cpu", "pin_memory": True}


def configuration(spec: Training) -> dict[str, Any]:
    """transformers fills in what is `auto` from the trainer's arguments."""
    ours = {
        "bf16": {"enabled": "auto"},
        "fp16": {"enabled": "auto"},
        "zero_optimization": zero(spec),
        "gradient_accumulation_steps": "auto",
        "gradient_clipping": "auto",
        "train_batch_size": "auto",
        "train_micro_batch_size_per_gpu": "auto",
    }
    return merged(ours, spec.deepspeed_config)


def zero(spec: Training) -> dict[str, Any]:
    stage = STAGE[spec.sharding]
    offloaded = {"none": (), "optimizer": ("offload_optimizer",), "all": ("offload_optimizer", "offload_param")}
    # Memory is pinned for the copies of a GPU.
    where = IN_MEMORY | {"pin_memory": spec.gpus > 0}
    return {
        "stage": stage,
        "overlap_comm": True,
        "contiguous_gradients": True,
        "reduce_bucket_size": "auto",
        **(ZERO3 if stage == 3 else {}),
        **dict.fromkeys(offloaded[spec.offload], where),
    }


def merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Nested settings are added, others take the place of ours; a spec that contradicts itself so is refused."""
    both = dict(ours)
    for name, value in theirs.items():
        known = ours.get(name)
        both[name] = merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return both
