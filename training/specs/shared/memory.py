"""What fits into a device, and how fast it goes there."""

from typing import Annotated, ClassVar

from msgspec import Meta

from training.specs.head import LARGE
from training.specs.shared.optimisation import Optimisation


class Memory(Optimisation, frozen=True, kw_only=True):
    THEME: ClassVar[str] = "Memory and speed"

    micro_batch_size: Annotated[int, Meta(ge=1, lt=LARGE, description="Examples that one device holds at once.")] = 4
    group_by_length: Annotated[bool, Meta(description="Batch examples of like length.")] = False
    gradient_checkpointing: Annotated[bool, Meta(description="Less memory for a third more time.")] = True

    @property
    def device_batch_size(self) -> int:
        """Examples that one device holds at once."""
        return min(self.micro_batch_size, self.batch_size)
