"""Settings of KTO: learning from single responses, each of which is good or bad."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from training.specs.against_reference import AgainstReference


class Kto(AgainstReference, frozen=True, kw_only=True, tag="kto"):
    """Kahneman-Tversky optimisation (arXiv:2402.01306): no pairs are needed, and neither as many good as bad."""

    loss: Annotated[
        Literal["kto", "apo_zero_unpaired"],
        Meta(description="kto measures against an estimate of the KL divergence, apo_zero_unpaired against zero."),
    ] = "kto"
    desirable_weight: Annotated[
        float, Meta(gt=0, le=1000, description="Weight of good responses: × their number 1 to 4/3 of the bad ones'.")
    ] = 1.0
    undesirable_weight: Annotated[float, Meta(gt=0, le=1000, description="Weight of bad responses.")] = 1.0
    good_from: Annotated[float, Meta(description="Of scored responses, those with at least this score are good.")] = (
        0.0
    )
    bad_below: Annotated[
        float, Meta(description="Those with a lower score than this are bad; what lies between is left out.")
    ] = 0.0

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.bad_below > self.good_from:
            yield f"bad_below: a response cannot be good and bad; at most good_from, {self.good_from:g}"
        if self.loss == "kto" and self.device_batch_size < 2:
            yield "micro_batch_size: kto compares each response with those that a device holds with it; use 2 or more"
        if self.group_by_length:
            yield "group_by_length: KTO takes its rows as they were shuffled, so that its estimate keeps; leave it off"
