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
    nodes: Annotated[
        int,
        Meta(ge=1, le=256, description="Machines that share the folder of runs, each with as many processes."),
    ] = 1
    rendezvous: Annotated[
        str,
        Meta(
            pattern=r"^$|^[A-Za-z0-9._:\[\]-]+:[0-9]{1,5}$",
            description="HOST:PORT of the first machine; empty takes MASTER_ADDR and MASTER_PORT of its worker.",
        ),
    ] = ""
    sharding: Annotated[
        Literal["none", "zero1", "zero2", "zero3", "fsdp"],
        Meta(description="DeepSpeed's ZeRO shares out 1 the optimiser, 2 gradients too, 3 weights too; FSDP2 all."),
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
        return self.nodes * (self.gpus or self.processes)

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
            many = ("gpus" if self.gpus else "processes") + (" × nodes" if self.nodes > 1 else "")
            yield f"batch_size: {self.batch_size} must be a multiple of micro_batch_size × {many} = {held}"
        yield from super().rules()
        if self.gpus and self.processes > 1:
            yield "processes: each GPU has its process already; leave 1"
        yield from self.rules_of_sharding()

    def rules_of_sharding(self) -> Iterator[str]:
        if self.sharding != "none" and not self.gpus and self.world < 2:
            yield "sharding: shares out over gpus, or over several processes; use none on a CPU alone"
        if self.uses_deepspeed and not self.gpus and self.precision != "fp32":
            yield "precision: DeepSpeed on a CPU needs fp32"
        if self.sharding == "fsdp" and self.world < 2:
            yield "sharding: fsdp shares out over several processes; set gpus, or use none"
        if self.sharding == "fsdp" and self.offload == "optimizer":
            yield "offload: fsdp moves weights and optimiser together; choose all, or none"
        if self.offload != "none" and self.sharding not in ("zero2", "zero3", "fsdp"):
            yield "offload: is done by zero2, zero3 and fsdp; choose one of them for sharding, or leave none"
        if self.offload == "all" and self.sharding == "fsdp" and not self.gpus:
            yield "offload: on a CPU all is in the machine's memory already; leave none"
        if self.offload == "all" and self.sharding == "zero2":
            yield "offload: zero2 keeps whole weights on each GPU; choose optimizer, or zero3 for sharding"
        if self.offload != "none" and self.uses_deepspeed and self.optimizer != "adamw":
            yield "optimizer: DeepSpeed steps in the machine's memory by its own AdamW; use adamw, or offload none"
        if self.optimizer == "adafactor" and self.sharding != "none":
            yield "optimizer: Adafactor needs whole matrices, and sharding cuts them up; use adamw with sharding"
        if self.optimizer not in ("adamw", "adafactor") and self.sharding == "fsdp":
            yield "optimizer: bitsandbytes knows no shards of fsdp; use adamw, or zero2 for sharding"
        if self.quantize != "none" and self.sharding in ("zero3", "fsdp"):
            yield "quantize: bits of a quantised base cannot be shared out; use zero2, or quantize none"
        if self.rendezvous and self.nodes == 1:
            yield "rendezvous: one machine meets no other; set nodes, or leave it empty"
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
