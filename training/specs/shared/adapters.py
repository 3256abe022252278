"""LoRA: what is trained beside the weights."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from training.specs.shared.memory import Memory

LORA_ALPHA = 32.0


class Adapters(Memory, frozen=True, kw_only=True):
    THEME: ClassVar[str] = "Adapters"

    lora_rank: Annotated[int, Meta(ge=0, le=512, description="Rank of LoRA adapters; 0 trains every weight.")] = 0
    lora_alpha: Annotated[float, Meta(gt=0, description="Scale of the LoRA adapters; needs lora_rank.")] = LORA_ALPHA

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.lora_alpha != LORA_ALPHA and not self.lora_rank:
            yield f"lora_alpha: scales adapters, and lora_rank 0 has none; leave {LORA_ALPHA:g} or set lora_rank"
