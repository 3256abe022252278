"""What fits into a device, and how fast it goes there."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from training.specs.head import LARGE
from training.specs.shared.optimisation import Optimisation

# transformers' names; auto is what it takes by itself, SDPA where the architecture has it.
Attention = Literal["auto", "eager", "sdpa", "flash_attention_2", "flash_attention_3"]


class Memory(Optimisation, frozen=True, kw_only=True):
    THEME: ClassVar[str] = "Memory and speed"

    micro_batch_size: Annotated[int, Meta(ge=1, lt=LARGE, description="Examples that one device holds at once.")] = 4
    group_by_length: Annotated[bool, Meta(description="Batch examples of like length.")] = False
    attention: Annotated[
        Attention, Meta(description="How attention is computed; auto is SDPA where the model has it.")
    ] = "auto"
    gradient_checkpointing: Annotated[bool, Meta(description="Less memory for a third more time.")] = True
    activation_offload: Annotated[
        bool, Meta(description="Keep activations in the machine's memory until the backward pass.")
    ] = False
    liger: Annotated[
        bool, Meta(description="Liger's fused kernels for norms, rotations and MLPs: less memory, faster.")
    ] = False
    compile: Annotated[
        bool, Meta(description="Compile the model with torch.compile: the first steps take minutes.")
    ] = False

    @property
    def device_batch_size(self) -> int:
        """Examples that one device holds at once."""
        return min(self.micro_batch_size, self.batch_size)

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.attention.startswith("flash") and not self.gpus:
            yield f"attention: {self.attention} needs a GPU; on a CPU use sdpa"
        elif self.attention.startswith("flash") and self.precision == "fp32":
            yield f"attention: {self.attention} computes in bf16 or fp16; set precision, or use sdpa"
        if self.activation_offload and not self.gpus:
            yield "activation_offload: moves what a GPU holds; leave it on a CPU"
        if self.liger and not self.gpus:
            yield "liger: its kernels are for GPUs; leave it on a CPU"
