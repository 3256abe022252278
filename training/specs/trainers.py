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

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.replace_template and self.template == "own":
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
