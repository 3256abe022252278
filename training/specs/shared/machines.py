"""How training lies on several processes, and what of it each of them holds."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from training.specs.shared.adapters import Adapters

# What a DeepSpeed configuration of one's own must leave to the settings that say it already.
SAID_BY = {
    "train_batch_size": "batch_size",
    "train_micro_batch_size_per_gpu": "micro_batch_size",
    "gradient_accumulation_steps": "batch_size and micro_batch_size",
    "gradient_clipping": "max_grad_norm",
    "optimizer": "optimizer",
    "scheduler": "schedule",
    "bf16.enabled": "precision",
    "fp16.enabled": "precision",
    "zero_optimization.stage": "sharding",
    "zero_optimization.offload_optimizer.device": "offload",
    "zero_optimization.offload_param.device": "offload",
}


class Machines(Adapters, frozen=True, kw_only=True):
    THEME: ClassVar[str] = "Several GPUs and processes"

    processes: Annotated[int, Meta(ge=1, le=64, description="Processes on a CPU, where gpus is 0.")] = 1
    sharding: Annotated[
        Literal["none", "zero1", "zero2", "zero3"],
        Meta(description="What processes share out by DeepSpeed: 1 the optimiser, 2 gradients too, 3 weights too."),
    ] = "none"
    offload: Annotated[
        Literal["none", "optimizer", "all"],
        Meta(description="What lies in the machine's memory in place of the GPUs': all is weights too (zero3)."),
    ] = "none"
    deepspeed_config: Annotated[
        dict[str, Any],
        Meta(description='More of DeepSpeed\'s configuration, as JSON, such as {"zero_optimization": {…}}.'),
    ] = {}

    @property
    def world(self) -> int:
        """Processes that train together."""
        return self.gpus or self.processes

    @property
    def accumulation(self) -> int:
        """Micro batches for each optimiser step on one device."""
        return self.batch_size // (self.device_batch_size * self.world)

    @property
    def uses_deepspeed(self) -> bool:
        return self.sharding.startswith("zero")

    def rules(self) -> Iterator[str]:
        held = self.device_batch_size * self.world
        if self.batch_size % held:
            many = "gpus" if self.gpus else "processes"
            yield f"batch_size: {self.batch_size} must be a multiple of micro_batch_size × {many} = {held}"
        yield from super().rules()
        if self.gpus and self.processes > 1:
            yield "processes: each GPU has its process already; leave 1"
        yield from self.rules_of_sharding()

    def rules_of_sharding(self) -> Iterator[str]:
        if self.sharding != "none" and not self.gpus and self.processes < 2:
            yield "sharding: shares out over gpus, or over several processes; use none on a CPU alone"
        if self.sharding != "none" and not self.gpus and self.precision != "fp32":
            yield "precision: DeepSpeed on a CPU needs fp32"
        if self.offload != "none" and self.sharding not in ("zero2", "zero3"):
            yield "offload: is done by zero2 and zero3; choose one of them for sharding, or leave none"
        if self.offload == "all" and self.sharding == "zero2":
            yield "offload: zero2 keeps whole weights on each GPU; choose optimizer, or zero3 for sharding"
        if self.offload != "none" and self.optimizer != "adamw":
            yield "optimizer: DeepSpeed steps in the machine's memory by its own AdamW; use adamw, or offload none"
        if self.optimizer == "adafactor" and self.uses_deepspeed:
            yield "optimizer: Adafactor needs whole matrices, and DeepSpeed cuts them up; use adamw with sharding"
        if self.quantize != "none" and self.sharding == "zero3":
            yield "quantize: bits of a quantised base cannot be shared out; use zero2, or quantize none"
        if self.deepspeed_config and not self.uses_deepspeed:
            yield "deepspeed_config: is read with zero1, zero2 and zero3; choose one for sharding, or leave it empty"
        for key in keys(self.deepspeed_config):
            if said := next((by for place, by in SAID_BY.items() if f"{key}.".startswith(f"{place}.")), ""):
                yield f"deepspeed_config: {key} is said by {said}; leave it out"


def keys(config: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """`zero_optimization.stage`: the place of each value in nested settings."""
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            yield from keys(value, f"{before}{name}.")
        else:
            yield f"{before}{name}"
