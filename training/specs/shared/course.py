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
    spike_factor: Annotated[
        float,
        Meta(ge=0, description="Fail where the loss exceeds so many times its median, and its beginning; 0 goes on."),
    ] = 5.0
    spike_window: Annotated[
        int, Meta(ge=10, le=10_000, description="Points of the curve that the median is taken of, with spike_factor.")
    ] = 50
    trackers: Annotated[
        tuple[Literal["tensorboard", "trackio"], ...],
        Meta(description="Write curves for these programs too: tensorboard, trackio, or both."),
    ] = ()

    def rules(self) -> Iterator[str]:
        yield from super().rules()
        if 0 < self.spike_factor <= 1:
            yield "spike_factor: a loss is often above its median; choose more than 1, or 0 to go on whatever it is"
        if len(set(self.trackers)) < len(self.trackers):
            yield "trackers: one is named twice; name each once"
        if self.keep == "best" and not self.eval_every:
            yield "keep: best needs measurements on the way; set eval_every"
        if self.patience and not self.eval_every:
            yield "patience: counts measurements on the way; set eval_every"
