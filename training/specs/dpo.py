"""Settings of DPO and of the losses beside it."""

from collections.abc import Iterator
from typing import Annotated

from msgspec import Meta

from training.losses import DEFAULTS, SMOOTHED, Divergence, Loss, ignored_options, is_reference_free
from training.specs.against_reference import SHARDS_WEIGHTS, AgainstReference


class Dpo(AgainstReference, frozen=True, kw_only=True, tag="dpo"):
    """Direct preference optimisation, also without a reference (CPO, SimPO, ORPO)."""

    losses: Annotated[
        tuple[Loss, ...],
        Meta(min_length=1, description="Losses that are added up. cpo, simpo and orpo ask no reference."),
    ] = ("sigmoid",)
    loss_weights: Annotated[tuple[float, ...], Meta(min_length=1, description="A weight for each loss.")] = (1.0,)
    label_smoothing: Annotated[
        float,
        Meta(ge=0, lt=0.5, description=f"Share of labels believed wrong, with {', '.join(SMOOTHED)}."),
    ] = 0.0
    divergence: Annotated[
        Divergence, Meta(description="How leaving the reference is measured, as in f-DPO; reverse_kl is DPO's own.")
    ] = "reverse_kl"
    divergence_alpha: Annotated[float, Meta(gt=0, lt=1, description="The α of alpha_divergence.")] = 0.5
    ld_alpha: Annotated[
        float,
        Meta(
            ge=0, le=1, description="Weight of tokens beyond the shorter response's length (LD-DPO); 1 is plain DPO."
        ),
    ] = 1.0
    wpo_weights: Annotated[
        bool, Meta(description="Weigh each pair by how likely the policy is to say both responses (WPO).")
    ] = False
    discopop_tau: Annotated[float, Meta(gt=0, le=100, description="Temperature of discopop's blend.")] = 0.05
    simpo_gamma: Annotated[float, Meta(ge=0, le=100, description="The margin that simpo asks for.")] = 0.5

    share_prompts: Annotated[
        bool, Meta(description="Read a pair's prompt once for both responses: the same loss, faster on long prompts.")
    ] = False

    @property
    def is_reference_free(self) -> bool:
        return is_reference_free(self.losses)

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if len(self.losses) != len(self.loss_weights):
            yield f"loss_weights: give {len(self.losses)}, one for each loss in losses"
        if not all(weight > 0 for weight in self.loss_weights):
            yield "loss_weights: each must be above 0; leave out a loss that is not to count"
        yield from ignored_options(
            self.losses, {option: getattr(self, option) for option in DEFAULTS}, self.device_batch_size
        )
        yield from self.rules_of_sharing()
        if self.is_reference_free:
            yield from self.rules_without_reference()

    def rules_of_sharing(self) -> Iterator[str]:
        if self.share_prompts and self.attention.startswith("flash"):
            yield f"share_prompts: {self.attention} takes no mask of its own; use sdpa, or leave share_prompts off"
        if self.share_prompts and self.sharding in SHARDS_WEIGHTS:
            yield f"share_prompts: {self.sharding} leaves no process a whole model to try it on; use zero2, or none"
        if self.share_prompts and self.compile:
            yield "share_prompts: its batches cannot be compiled; leave one of the two off"

    def rules_without_reference(self) -> Iterator[str]:
        asked = {"reference": self.reference, "precompute_reference": self.precompute_reference}
        for option, value in (asked | {"sync_every": self.sync_every}).items():
            if value:
                yield f"{option}: {' and '.join(self.losses)} asks no reference; leave it"
