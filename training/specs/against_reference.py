"""What trainers share that hold a policy against a reference."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from training.losses import BETA
from training.specs.head import LARGE, Spec
from training.specs.trainers import Answering

SHARE = 0.6
# No process holds a whole model.
SHARDS_WEIGHTS = ("zero3", "fsdp")


class AgainstReference(Answering, frozen=True, kw_only=True):
    """A frozen reference, or one that follows the policy from afar, as TR-DPO's does (arXiv:2404.09656)."""

    PLUMBING = Spec.PLUMBING | {"reference"}
    INPUTS = ("train",)

    reference: Annotated[str, Meta(description="Reference checkpoint; empty takes the base.")] = ""
    learning_rate: Annotated[float, Meta(gt=0, le=1, description="The highest learning rate of the schedule.")] = 5e-7
    epochs: Annotated[float, Meta(gt=0, le=100, description="Passes over the data.")] = 1.0
    warmup: Annotated[float, Meta(ge=0, lt=1, description="Share of the steps spent warming up.")] = 0.1
    beta: Annotated[float, Meta(gt=0, le=100, description="How dear it is to leave the reference.")] = BETA
    precompute_reference: Annotated[
        bool, Meta(description="Ask the reference once before training, and free its memory.")
    ] = False
    sync_every: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Steps after which the reference moves to the policy; 0 leaves it.")
    ] = 0
    sync_share: Annotated[
        float, Meta(gt=0, le=1, description="How far it moves: 1 makes it the policy. Needs sync_every.")
    ] = SHARE

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.sync_share != SHARE and not self.sync_every:
            yield f"sync_share: nothing moves with sync_every 0; set that, or leave {SHARE:g}"
        if self.sync_every and self.lora_rank:
            yield "sync_every: with LoRA the reference is the policy without its adapters and cannot move; use 0"
        if self.sync_every and self.precompute_reference:
            yield "sync_every: a reference that moves cannot be asked before training; leave precompute_reference off"
        if self.sync_every and self.sharding in ("zero3", "fsdp"):
            yield f"sync_every: {self.sharding} shards the reference, so that no checkpoint could keep it; use zero2"
