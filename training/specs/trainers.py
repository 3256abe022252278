"""Settings that every trainer has, and those of SFT and reward models."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from msgspec import Meta

from training.specs.head import LARGE
from training.specs.shared.course import Course


class Training(Course, frozen=True, kw_only=True):
    """What every trainer needs."""

    THEME: ClassVar[str] = "Data and loss"

    max_length: Annotated[int, Meta(ge=8, lt=LARGE, description="Tokens of prompt and response together.")] = 2048
    data_seed: Annotated[
        int, Meta(ge=-1, lt=LARGE, description="Fixes the order of the rows alone; -1 takes seed for it too.")
    ] = -1
    replace_template: Annotated[
        bool, Meta(description="Train with the chosen template although the checkpoint has its own.")
    ] = False

    chat_template: Annotated[
        str,
        Meta(
            max_length=100_000,
            description="A chat template of your own, in Jinja, in place of the others; it goes with the checkpoint.",
        ),
    ] = ""
    template_tokens: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...],
        Meta(description="Tokens that chat_template writes and the tokenizer does not have, such as <|im_end|>."),
    ] = ()

    @property
    def row_seed(self) -> int:
        """What fixes the order of the rows."""
        return self.seed if self.data_seed < 0 else self.data_seed

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.chat_template and self.template != "own":
            yield "template: chat_template stands in its place; choose own, or leave chat_template empty"
        if self.template_tokens and not self.chat_template:
            yield "template_tokens: are those of a chat_template; give one, or leave them"
        if self.replace_template and self.template == "own" and not self.chat_template:
            yield "replace_template: own is the template that is there; choose another, or leave it"


class Answering(Training, frozen=True, kw_only=True):
    """A trainer of what answers: it can be asked on the way."""

    shown: Annotated[
        int,
        Meta(
            ge=0, le=20, description="Prompts whose answers are shown as they change, held-out ones if there are any."
        ),
    ] = 0
    show_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between such answers.")] = 100

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.shown and self.sharding == "fsdp":
            yield "shown: no answers are asked for on the way with fsdp; choose zero2 or zero3, or leave 0"
