"""What is told, measured and kept while a model is trained, and when that ends early."""

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from training.specs.head import LARGE
from training.specs.shared.machines import Machines


class Course(Machines, frozen=True, kw_only=True):
    THEME: ClassVar[str] = "Curves, measurements and checkpoints"

    log_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between points of a curve.")] = 10
    save_every: Annotated[int, Meta(ge=1, lt=LARGE, description="Steps between resumable checkpoints.")] = 200
    eval_every: Annotated[
        int,
        Meta(ge=0, lt=LARGE, description="Steps between measurements on held-out rows; 0 measures at the end."),
    ] = 0
    keep: Annotated[
        Literal["last", "best"], Meta(description="Weights to keep: best are those of the lowest held-out loss.")
    ] = "last"
    patience: Annotated[
        int, Meta(ge=0, lt=LARGE, description="Stop after so many measurements without a lower loss; 0 never stops.")
    ] = 0

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if self.keep == "best" and not self.eval_every:
            yield "keep: best needs measurements on the way; set eval_every"
        if self.patience and not self.eval_every:
            yield "patience: counts measurements on the way; set eval_every"
