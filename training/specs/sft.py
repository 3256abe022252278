"""Settings of supervised finetuning."""

from collections.abc import Iterator
from typing import Annotated, Literal

from msgspec import Meta

from training.specs.head import LARGE, Template
from training.specs.trainers import Answering

Rope = Literal["none", "linear", "dynamic", "yarn", "llama3"]


class Sft(Answering, frozen=True, kw_only=True, tag="sft"):
    """Supervised finetuning on answers only. Also rejection sampling, and the matched control of DPO."""

    INPUTS = ("train",)

    template: Annotated[Template, Meta(description="Chat template; own is the checkpoint's.")] = "vicuna"
    loss_on: Annotated[
        Literal["last_answer", "every_answer", "weighted", "text"],
        Meta(
            description="Which assistant turns are learnt; weighted takes the weight of each from the data, text "
            "learns each response as a plain document, without its prompt, in windows of max_length."
        ),
    ] = "every_answer"
    neftune: Annotated[
        float, Meta(ge=0, lt=LARGE, description="NEFTune: noise on the embeddings while training; 5 if any.")
    ] = 0.0
    batches: Annotated[
        Literal["padded", "padding_free", "packed"],
        Meta(
            description="How rows lie in a batch: padded to the longest, behind each other without padding, or "
            "several rows in each of up to max_length tokens."
        ),
    ] = "padded"
    rope: Annotated[
        Rope, Meta(description="Longer context by scaled rotary positions; written to the checkpoint's config.")
    ] = "none"
    rope_factor: Annotated[
        float, Meta(ge=1, le=1024, description="Positions times this, with rope: 4 takes 2,048 to 8,192.")
    ] = 1.0
    new_tokens_as: Annotated[
        str,
        Meta(
            description="A token whose rows those of new tokens begin as, as OpenChat began its end of a turn on "
            "StarCoder; empty is the mean of all."
        ),
    ] = ""

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if (self.rope == "none") != (self.rope_factor == 1):
            yield "rope_factor: longer context needs both rope and a factor above 1; set both, or neither"
        if self.loss_on == "text" and self.shown:
            yield "shown: documents are learnt without their prompts; leave 0"
        if self.loss_on == "weighted" and self.batches != "padded":
            yield "batches: weighted turns are learnt in padded batches; use padded"
        if self.batches == "packed" and self.group_by_length:
            yield "group_by_length: packed batches are of like length already; leave it"
        if self.new_tokens_as and self.sharding in ("zero3", "fsdp"):
            yield f"new_tokens_as: {self.sharding} leaves each process a part of the rows; use zero2, or none"
        if self.rope != "none" and self.adapter == "keep":
            yield "adapter: longer context is written into whole weights; use merge"
