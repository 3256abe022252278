"""LoRA: what is trained beside the weights."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from training.specs.shared.memory import Memory

LORA_ALPHA = 32.0
ALL_LINEAR = "all-linear"


class Adapters(Memory, frozen=True, kw_only=True):
    THEME: ClassVar[str] = "Adapters"

    lora_rank: Annotated[int, Meta(ge=0, le=512, description="Rank of LoRA adapters; 0 trains every weight.")] = 0
    lora_alpha: Annotated[float, Meta(gt=0, description="Scale of the LoRA adapters; needs lora_rank.")] = LORA_ALPHA
    lora_targets: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.-]+$")], ...],
        Meta(
            min_length=1,
            description=f"Layers with adapters, such as q_proj; {ALL_LINEAR} is all but the head.",
        ),
    ] = (ALL_LINEAR,)
    lora_dropout: Annotated[
        float, Meta(ge=0, lt=1, description="Share of an adapter's inputs that each step leaves out.")
    ] = 0.0
    dora: Annotated[bool, Meta(description="DoRA: learn size and direction of weights apart; slower.")] = False
    rslora: Annotated[bool, Meta(description="Scale adapters by alpha / √rank, not alpha / rank.")] = False
    quantize: Annotated[
        Literal["none", "8bit", "4bit"],
        Meta(description="QLoRA: hold the base in so few bits while its adapters are trained."),
    ] = "none"
    adapter: Annotated[
        Literal["merge", "keep"],
        Meta(description="merge makes whole weights; keep leaves a small adapter that needs its base to stay."),
    ] = "merge"

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if not self.lora_rank:
            if self.lora_alpha != LORA_ALPHA:
                yield f"lora_alpha: scales adapters, and lora_rank 0 has none; leave {LORA_ALPHA:g} or set lora_rank"
            chosen = {
                "lora_targets": self.lora_targets != (ALL_LINEAR,),
                "lora_dropout": self.lora_dropout > 0,
                "dora": self.dora,
                "rslora": self.rslora,
                "quantize": self.quantize != "none",
                "adapter": self.adapter != "merge",
            }
            for name in (name for name, is_chosen in chosen.items() if is_chosen):
                yield f"{name}: is about adapters, and lora_rank 0 has none; set lora_rank, or leave it"
        if ALL_LINEAR in self.lora_targets and len(self.lora_targets) > 1:
            yield f"lora_targets: {ALL_LINEAR} has the others in it; name it alone, or leave it out"
